import type { Case } from "../../cases/case.ts";
import { cases as fullHandshake } from "../../cases/fullHandshake.ts";
import type { Fixtures } from "../fixtures.ts";
import type { Sockets } from "./sockets.ts";

export interface Group {
  readonly name: string;
  readonly cases: readonly Case[];
}

export function groupsOf(_fixtures: Fixtures, _sockets: Sockets): readonly Group[] {
  return [{ name: "handshake", cases: fullHandshake }];
}

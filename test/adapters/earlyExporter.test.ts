// The early exporter on both faces, where early data is offered: the value is both sides' before the server has said a word.

import { describe, expect, test } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import { before, receiveEarlyData } from "../../lab/script.ts";
import { TicketStore } from "../../lab/tickets.ts";
import type { EarlyDataSource } from "../../src/connection/earlyData.ts";
import { connect as connectAnywhere } from "../../src/index.ts";
import { duplexTransport } from "../../src/node/duplexTransport.ts";
import { connect as connectOnNode } from "../../src/node/index.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import { fromAscii, toHex } from "../../src/wire/bytes.ts";
import { serverName } from "../cases/meeting.ts";
import { happens } from "../interop/talk.ts";
import { labBehind } from "./labBehind.ts";

const label = "EXPORTER-early";
const context = fromAscii("context");
const length = 40;
const request = fromAscii("GET / HTTP/1.1\r\n\r\n");

type Lower = Awaited<ReturnType<typeof labBehind>>["near"];

interface Open {
  early(): Uint8Array;
  late(): Uint8Array;
  readonly opened: Promise<unknown>;
  /** Closes in peace. */
  end(): Promise<unknown>;
}

const sessions = { node: createSessionCache(), web: createSessionCache() };

const faces: Readonly<Record<keyof typeof sessions, (earlyData: EarlyDataSource, lower: Lower) => Open>> = {
  node: (earlyData, lower) => {
    const settings = { servername: serverName, verifier: believer, sessions: sessions.node, earlyData };
    const socket = connectOnNode({ socket: lower, ...settings });
    return {
      early: () => socket.exportEarlyKeyingMaterial(length, label, context),
      late: () => socket.exportKeyingMaterial(length, label, context),
      opened: happens(socket, "secureConnect"),
      end: () => {
        const closed = happens(socket, "close");
        socket.end();
        socket.resume();
        return closed;
      },
    };
  },
  web: (earlyData, lower) => {
    const settings = { serverName, trust: believer, sessions: sessions.web, earlyData };
    const tls = connectAnywhere(duplexTransport(lower, undefined), settings);
    return {
      early: () => tls.exportEarlyKeyingMaterial(label, context, length),
      late: () => tls.exportKeyingMaterial(label, context, length),
      opened: tls.opened,
      end: async () => {
        await tls.writable.close();
        await tls.closed;
      },
    };
  },
};
describe.each(["node", "web"] as const)("tls13 (%s)", (name) => {
  test("exports early keying material while early data is on its way, and none without it [7.5/2]", async () => {
    const ticketStore = new TicketStore();
    const seen: { readonly code?: string; readonly early?: string }[] = [];
    for (const visit of ["first", "second"] as const) {
      const { lab, near } = await labBehind({
        ticketStore,
        tickets: 1,
        ticket: { maxEarlyDataSize: 1000 },
        earlyData: "accept",
        // Nothing is answered before what the source says has come.
        ...(visit === "first"
          ? {}
          : { bends: { script: before("ServerHello", receiveEarlyData(request.length)) } }),
      });
      async function* source(): AsyncGenerator<Uint8Array> {
        seen.push({ early: toHex(face.early()) });
        yield request;
      }
      const face = faces[name](source(), near);
      expect(() => face.early()).toThrow(expect.objectContaining({ code: "closed" }));
      await face.opened;
      expect(await lab.outcome).toBe("opened");
      if (visit === "first") {
        expect(() => face.early()).toThrow(expect.objectContaining({ code: "closed" }));
        expect(seen).toEqual([]);
      } else {
        const theirs = lab.context.earlySecrets.exporter.export(label, context, length);
        expect(seen).toEqual([{ early: toHex(theirs) }]);
        expect(toHex(face.early())).toBe(toHex(theirs));
        expect(toHex(face.late())).not.toBe(toHex(theirs));
      }
      await face.end();
      expect(() => face.early()).toThrow(expect.objectContaining({ code: "closed" }));
    }
  });
});

import type { Script, Step } from "../../lab/script.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import type { Spoken } from "./conversation.ts";

/** One thing that a server does otherwise than it should. */
export interface Bend {
  readonly kind: Kind;
  readonly what: string;
  readonly message: Spoken;
  readonly bend: (script: Script) => Script;
  /** What may come of it: the very same connection, an error, or either. */
  readonly expected: "same" | "refused" | "either";
  /** Of the facts of a connection, those that it may change; the other side knows that it does. */
  readonly mayChange?: readonly string[];
}

export type Kind =
  | "message edited"
  | "message forged"
  | "left out, doubled, moved"
  | "split"
  | "record edited"
  | "record tampered with"
  | "something in front";

type Message = Extract<Step, { readonly kind: "message" }>;

export const changedAt =
  (at: number, change: (step: Message) => readonly Step[]) =>
  (script: Script): Script =>
    script.toSpliced(at, 1, ...change(script[at] as Message));

/** In records of its own. */
export const asRecords = (
  step: Message,
  cut: (bytes: Bytes) => readonly (Bytes | Step)[],
): readonly Step[] => [{ ...step, cut }];

export const handshake = contentTypes.handshake;

export function flipped(bytes: Bytes, at: number, mask = 1): Bytes {
  const edited = bytes.slice();
  edited[at] = (edited[at] as number) ^ mask;
  return edited;
}

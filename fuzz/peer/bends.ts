import type { Step } from "../../lab/script.ts";
import type { MessageName } from "../../src/messages/handshake.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { asRecords, type Bend, changedAt, flipped } from "./bend.ts";
import type { Conversation, Spoken } from "./conversation.ts";
import { editsOf } from "./messageEdits.ts";
import { inFront, records } from "./recordBends.ts";

export function bendsOf({ messages }: Conversation): readonly Bend[] {
  return messages.flatMap((message) => [
    ...edited(message),
    ...forged(message),
    ...moved(message, messages),
    ...split(message),
    ...records(message),
    ...inFront(message),
  ]);
}

/** Whether every byte of it is needed: what proves something, and what the transcript is made of. */
const proofs: readonly string[] = ["CertificateVerify", "Finished"];

/** What a server may say otherwise and mean it: both sides then agree on that. */
const itsWord: Readonly<Partial<Record<MessageName, readonly string[]>>> = {
  EncryptedExtensions: ["alpn", "serverName"],
  CertificateRequest: ["shown"],
};

function edited(message: Spoken): readonly Bend[] {
  const { at, name, bytes } = message;
  const isProof = proofs.includes(name);
  return editsOf(name, bytes).map(({ what, apply }) => ({
    kind: "message edited",
    what,
    message,
    mayChange: itsWord[name] ?? [],
    expected: isProof ? "refused" : "either",
    bend: changedAt(at, (step) => [
      {
        ...step,
        make: async (context) => {
          const own = await step.make(context);
          const other = apply(own);
          // A byte may be by chance what it is set to.
          return isProof && isEqual(other, own) ? flipped(own, own.length - 1) : other;
        },
      },
    ]),
  }));
}

/** Not what the server signs: as from somebody who holds the keys of the records, and not that of the certificate. */
function forged(message: Spoken): readonly Bend[] {
  const { at, name, bytes, inTranscript } = message;
  if (!inTranscript || proofs.includes(name)) return [];
  return Array.from(bytes, (_, byte) => ({
    kind: "message forged" as const,
    what: `byte ${byte}`,
    message,
    expected: "refused" as const,
    bend: changedAt(at, (step) => asRecords(step, (own) => [flipped(own, byte)])),
  }));
}

function moved(message: Spoken, messages: readonly Spoken[]): readonly Bend[] {
  const { at } = message;
  const common = { kind: "left out, doubled, moved", message, expected: "either" } as const;
  return [
    { ...common, what: "left out", bend: changedAt(at, () => []) },
    { ...common, what: "twice, made anew", bend: changedAt(at, (step) => [step, step]) },
    {
      ...common,
      what: "twice, the same bytes",
      bend: changedAt(at, (step) => asRecords(step, (bytes) => [bytes, bytes])),
    },
    ...messages
      .filter((other) => other.at > at)
      .map(
        (other): Bend => ({
          ...common,
          what: `changes places with ${other.name} (${other.at})`,
          bend: (script) => script.with(at, script[other.at] as Step).with(other.at, script[at] as Step),
        }),
      ),
  ];
}

function split(message: Spoken): readonly Bend[] {
  const { at, bytes } = message;
  const common = { kind: "split", message, expected: "same" } as const;
  const places = Array.from({ length: bytes.length - 1 }, (_, before) => before + 1);
  return [
    ...places.map(
      (place): Bend => ({
        ...common,
        what: `behind byte ${place}`,
        bend: changedAt(at, (step) => asRecords(step, (own) => [own.slice(0, place), own.slice(place)])),
      }),
    ),
    {
      ...common,
      what: "into single bytes",
      bend: changedAt(at, (step) =>
        asRecords(step, (own) => Array.from(own, (byte) => new Uint8Array([byte]))),
      ),
    },
  ];
}

function isEqual(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, at) => b[at] === byte);
}

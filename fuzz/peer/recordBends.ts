import { alert, changeCipherSpec, data, record, type Step } from "../../lab/script.ts";
import type { RecordSpec } from "../../lab/wire.ts";
import { headerLength, maxPlaintext } from "../../src/record/limits.ts";
import { type Bytes, concat, noBytes } from "../../src/wire/bytes.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { asRecords, type Bend, changedAt, flipped, handshake } from "./bend.ts";
import type { Spoken } from "./conversation.ts";

/** A record as it should be, but for this. */
export function records(message: Spoken): readonly Bend[] {
  const { at, bytes } = message;
  const sealed = !["HelloRetryRequest", "ServerHello"].includes(message.name);
  const bends: Bend[] = [];
  const add = (
    what: string,
    spec: (content: Bytes) => Partial<RecordSpec>,
    expected: Bend["expected"] = "either",
    mayChange: readonly string[] = [],
  ): void => {
    bends.push({
      kind: "record edited",
      what,
      message,
      expected,
      mayChange,
      bend: changedAt(at, (step) =>
        asRecords(step, (content) => [record({ type: handshake, content, ...spec(content) })]),
      ),
    });
  };
  for (let type = 0; type < 256; type++) {
    // Where data may come, it may be anything.
    const isData = type === contentTypes.application_data && !message.inTranscript;
    const allowed = type === handshake ? "same" : isData ? "either" : "refused";
    add(`type ${type}`, () => ({ type }), allowed, isData ? ["content"] : []);
    if (sealed)
      add(
        `outer type ${type}`,
        () => ({ outerType: type }),
        type === contentTypes.application_data ? "same" : "either",
      );
  }
  // RFC 9846 §5.1/15: nobody looks at it.
  for (const version of [0, 1, 0x0002, 0x0300, 0x0301, 0x0304, 0x7f1c, 0xfefd, 0xffff])
    add(`version ${version}`, () => ({ version }), "same");
  if (sealed) {
    for (const padding of [1, 15, 255, 256]) add(`padding ${padding}`, () => ({ padding }), "same");
    add("padding to the last byte", ({ length }) => ({ padding: maxPlaintext - length }), "same");
    add("padding beyond", ({ length }) => ({ padding: maxPlaintext - length + 1 }), "refused");
    add("padding far beyond", () => ({ padding: 0xffff - 1000 }), "refused");
    add("zeros only", () => ({ plaintext: new Uint8Array(20) }), "refused");
    add("nothing at all", () => ({ plaintext: noBytes }), "refused");
    add("no content", () => ({ content: noBytes }), "either");
    add("in the clear", () => ({ sealed: false }), "refused");
  }
  for (const [length, what] of [
    [0, "0"],
    [1, "1"],
    [16, "16"],
    [16_384, "2^14"],
    [16_385, "2^14 + 1"],
    [16_640, "2^14 + 256"],
    [16_641, "2^14 + 257"],
    [65_535, "2^16 - 1"],
  ] as const) {
    add(`length ${what}`, () => ({ tamper: (whole) => withLength(whole, length) }), "refused");
  }
  for (const more of [-16, -1, 1, 16, 255]) {
    add(
      `length off by ${more}`,
      () => ({ tamper: (whole) => withLength(whole, whole.length - headerLength + more) }),
      "refused",
    );
    add(`fragment off by ${more}`, () => ({ tamper: (whole) => resized(whole, more) }), "refused");
  }
  const overhead = headerLength + (sealed ? 17 : 0);
  for (let byte = 0; byte < bytes.length + overhead; byte++) {
    const isVersion = byte === 1 || byte === 2;
    for (const mask of [1, 0x80]) {
      bends.push({
        kind: "record tampered with",
        what: `byte ${byte} ^ ${mask}`,
        message,
        // In a hello's bytes the transcript finds it out; the version of a record is not protected where nothing is.
        expected: isVersion && !sealed ? "same" : "refused",
        bend: changedAt(at, (step) =>
          asRecords(step, (content) => [
            record({ type: handshake, content, tamper: (whole) => flipped(whole, byte, mask) }),
          ]),
        ),
      });
    }
  }
  return bends;
}

const applicationData = "application data";

/** Other records in front of a message, and in the middle of it. */
export function inFront(message: Spoken): readonly Bend[] {
  const { at } = message;
  const bends: Bend[] = [];
  const add = (what: string, step: Step, times = 1, mayChange: readonly string[] = []): void => {
    const steps = Array.from({ length: times }, () => step);
    const common = { kind: "something in front", message, mayChange } as const;
    const isEarly = message.inTranscript && what === applicationData;
    const expected = isEarly ? "refused" : "either";
    bends.push({
      ...common,
      expected,
      what: `${times} × ${what}`,
      bend: changedAt(at, (own) => [...steps, own]),
    });
    bends.push({
      ...common,
      what: `${times} × ${what}, in the middle`,
      expected: "refused",
      bend: changedAt(at, (own) => asRecords(own, (bytes) => [bytes.slice(0, 4), ...steps, bytes.slice(4)])),
    });
  };
  for (const times of [1, 32, 33, 1000]) {
    add("an empty record of application data", data(noBytes), times);
    add("an empty handshake record", record({ type: handshake, content: noBytes }), times);
    add("a ChangeCipherSpec", changeCipherSpec(), times);
  }
  for (const content of [[], [0], [2], [1, 1], [1, 1, 1]])
    add(`a ChangeCipherSpec of [${content}]`, changeCipherSpec(content));
  add(applicationData, data(new Uint8Array(9)), 1, ["content"]);
  for (const level of [0, 1, 2, 255]) {
    for (const code of [...Array(121).keys(), 254, 255]) {
      // RFC 9846 §6.1/1: what comes behind a close_notify is not heard.
      add(`alert ${code} of level ${level}`, alert(code, level), 1, code === 0 ? ["content", "told"] : []);
    }
  }
  for (const times of [2, 4, 5, 1000]) add("user_canceled", alert("user_canceled"), times);
  for (const content of [[], [1], [1, 90, 0], [1, 90, 1, 90]]) {
    add(`an alert of [${content}]`, record({ type: contentTypes.alert, content: new Uint8Array(content) }));
  }
  return bends;
}

function withLength(whole: Bytes, length: number): Bytes {
  const edited = whole.slice();
  edited[3] = (length >> 8) & 0xff;
  edited[4] = length & 0xff;
  return edited;
}

/** Bytes more, or fewer, and the length in the header with them. */
function resized(whole: Bytes, more: number): Bytes {
  const length = Math.max(0, whole.length - headerLength + more);
  const kept = whole.subarray(0, Math.min(whole.length, headerLength + length));
  return withLength(concat(kept, new Uint8Array(headerLength + length - kept.length)), length);
}

import { alert, data, keyUpdate, record, type Script, type Step } from "../../lab/script.ts";
import { tappedProvider } from "../../lab/tapped.ts";
import type { Transport, TransportReceiver } from "../../src/connection/transport.ts";
import { defaultProvider as node } from "../../src/crypto/provider/node.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { type Bytes, concat, copyOf, toHex } from "../../src/wire/bytes.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { meet, opened } from "../../test/cases/meeting.ts";
import { harnessWith } from "../../test/handshake/harness.ts";
import { Activity } from "../activity.ts";

/** What stands among records of data that arrive in one go. */
export interface Incident {
  readonly what: string;
  /** Place by place: what is put in front of that record. */
  readonly at: ReadonlyMap<number, Script>;
}

/** More than an asynchronous reader opens at once, so that every place of its window is one of these, and the next window's. */
export const recordsInOneGo = 36;
const places = Array.from({ length: recordsInOneGo }, (_, place) => place);

const damaged: Step = record({
  type: contentTypes.application_data,
  content: new Uint8Array(20),
  tamper: (whole) => {
    const edited = whole.slice();
    edited[9] = (edited[9] as number) ^ 1;
    return edited;
  },
});

const kinds: readonly (readonly [string, Script])[] = [
  ["a KeyUpdate", keyUpdate(0)],
  ["a KeyUpdate that asks for one", keyUpdate(1)],
  ["close_notify", [alert("close_notify")]],
  ["a fatal alert", [alert("internal_error")]],
  ["a damaged record", [damaged]],
  [
    "an unprotected record",
    [record({ type: contentTypes.application_data, content: new Uint8Array(20), sealed: false })],
  ],
  ["an empty record", [data(new Uint8Array(0))]],
];

/** Each kind at each place; and each with a KeyUpdate in front of it, at every third. */
export const incidents: readonly Incident[] = kinds.flatMap(([what, script]) => [
  ...places.map((place) => ({ what: `${what} in front of record ${place}`, at: new Map([[place, script]]) })),
  ...places
    .filter((place) => place % 3 === 1)
    .flatMap((place) =>
      [1, 5, 16]
        .filter((distance) => distance <= place)
        .map((distance) => ({
          what: `a KeyUpdate in front of record ${place - distance}, and ${what} in front of record ${place}`,
          at: new Map([
            [place - distance, keyUpdate(1)],
            [place, script],
          ]),
        })),
    ),
]);

const hash = node.hashes["SHA-256"];

/** All that can be seen of it from outside, as text that can be compared. */
export async function resultOf({ at }: Incident, provider: CryptoProvider): Promise<string> {
  const activity = new Activity();
  const plain = harnessWith(provider);
  let gate: Gate | undefined;
  const meeting = await meet(
    { ...plain, provider: tappedProvider(provider, activity.tap) },
    {
      settings: { trace: undefined },
      server: { answerClose: false },
      between: (transport) => {
        gate = new Gate(transport);
        return gate.transport;
      },
    },
  );
  await opened(meeting);
  const { client, lab } = meeting;
  gate?.hold();
  await lab.perform(
    ...places.flatMap((place) => [...(at.get(place) ?? []), data(new Uint8Array(1 + place).fill(place))]),
    alert("close_notify"),
  );
  await activity.settled();
  gate?.open();
  await activity.settled();
  meeting.connection.end();
  await activity.settled();
  const { error, told, content } = client;
  // RFC 9846 §6/3: whoever hears a fatal alert says nothing more; how much had left by then is the clock's affair.
  const isCut = error?.alert?.direction === "received";
  return JSON.stringify({
    told: told.filter((one, at) => one !== told[at - 1]),
    pieces: told.filter((one) => one === "data").length,
    bytes: content.length,
    content: toHex(hash.digest(content)),
    error: error === undefined ? "none" : `${error.code} ${error.alert?.direction} ${error.alert?.name}`,
    said: isCut ? [] : lab.seen.messages.map(({ name }) => name),
    alerts: lab.seen.alerts.map(({ name }) => name),
  });
}

/** Keeps what arrives until it is opened, and then hands it on in one piece. */
class Gate {
  readonly transport: Transport;
  #held: Bytes[] | undefined;
  #receiver: TransportReceiver | undefined;

  constructor(transport: Transport) {
    this.transport = {
      start: (receiver) => {
        this.#receiver = receiver;
        transport.start({
          received: (bytes) => {
            if (this.#held === undefined) receiver.received(bytes);
            else this.#held.push(copyOf(bytes));
          },
          ended: () => receiver.ended(),
          failed: (cause) => receiver.failed(cause),
        });
      },
      write: (bytes, written) => transport.write(bytes, written),
      pause: () => transport.pause(),
      resume: () => transport.resume(),
      end: () => transport.end(),
      close: () => transport.close(),
      abort: (cause) => transport.abort(cause),
    };
  }

  hold(): void {
    this.#held = [];
  }

  open(): void {
    const all = concat(...(this.#held ?? []));
    this.#held = undefined;
    this.#receiver?.received(all);
  }
}

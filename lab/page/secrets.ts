import type { Hash } from "../../src/crypto/provider.ts";
import { deriveSecret, hkdfExpandLabel, hkdfExtract } from "../../src/keyschedule/hkdf.ts";
import type { PskKind } from "../../src/keyschedule/pskStage.ts";
import { messageHash } from "../../src/keyschedule/transcript.ts";
import { decodeMessage } from "../../src/messages/handshake.ts";
import { type Bytes, concat, noBytes, toHex } from "../../src/wire/bytes.ts";
import type { RunSecret, Side } from "./run.ts";

/** A message as the client saw it go or come. */
export interface Heard {
  readonly name: string;
  readonly bytes: Bytes;
  readonly from: Side;
  /** An index of the run's steps. */
  readonly step: number;
}

/** What the key schedule of a run is made of. */
export interface Inputs {
  readonly hash: Hash;
  readonly psk: { readonly kind: PskKind; readonly key: Bytes } | undefined;
  /** Undefined where the client came to none. */
  readonly sharedSecret: Bytes | undefined;
  readonly heard: readonly Heard[];
  /** KeyUpdates of each side. */
  readonly updates: Readonly<Record<Side, readonly number[]>>;
}

const binderLabels: Readonly<Record<PskKind, string>> = {
  resumption: "res binder",
  external: "ext binder",
  imported: "imp binder",
};

/**
 * The key schedule of RFC 9846 §7.1, computed anew from a PSK, a shared secret and the messages, as far as the client came: by
 * HKDF alone, with none of the closures that the client itself has.
 */
export function keySchedule(inputs: Inputs): readonly RunSecret[] {
  return new Schedule(inputs).run();
}

class Schedule {
  readonly #inputs: Inputs;
  readonly #secrets: RunSecret[] = [];
  readonly #zeros: Bytes;

  constructor(inputs: Inputs) {
    this.#inputs = inputs;
    this.#zeros = new Uint8Array(inputs.hash.length);
  }

  run(): readonly RunSecret[] {
    const { psk, sharedSecret, heard } = this.#inputs;
    const hello = heard.find(({ name }) => name === "ClientHello");
    if (hello === undefined) return [];
    const start = hello.step;
    if (psk !== undefined) this.#input("PSK", psk.key, start);
    const early = this.#extract(
      "Early Secret",
      ["0", this.#zeros],
      psk === undefined ? ["0", this.#zeros] : ["PSK", psk.key],
      start,
    );
    if (psk !== undefined) {
      this.#derive("binder_key", "Early Secret", early, binderLabels[psk.kind], [], start);
      this.#derive("client_early_traffic_secret", "Early Secret", early, "c e traffic", [hello], start);
      this.#derive("early_exporter_secret", "Early Secret", early, "e exp master", [hello], start);
    }
    const throughHello = this.#through("ServerHello", "server");
    if (sharedSecret === undefined || throughHello === undefined) return this.#secrets;
    const atHello = stepOf(throughHello);
    const firstSalt = this.#derive("Derived Secret (early)", "Early Secret", early, "derived", [], atHello);
    this.#input("(EC)DHE", sharedSecret, atHello);
    const handshake = this.#extract(
      "Handshake Secret",
      ["Derived Secret (early)", firstSalt],
      ["(EC)DHE", sharedSecret],
      atHello,
    );
    this.#derive(
      "client_handshake_traffic_secret",
      "Handshake Secret",
      handshake,
      "c hs traffic",
      throughHello,
      atHello,
    );
    this.#derive(
      "server_handshake_traffic_secret",
      "Handshake Secret",
      handshake,
      "s hs traffic",
      throughHello,
      atHello,
    );
    const throughFinished = this.#through("Finished", "server");
    if (throughFinished === undefined) return this.#secrets;
    const atFinished = stepOf(throughFinished);
    const salt = this.#derive(
      "Derived Secret (handshake)",
      "Handshake Secret",
      handshake,
      "derived",
      [],
      atFinished,
    );
    const main = this.#extract(
      "Main Secret",
      ["Derived Secret (handshake)", salt],
      ["0", this.#zeros],
      atFinished,
    );
    this.#application("client", main, throughFinished);
    this.#application("server", main, throughFinished);
    this.#derive("exporter_secret", "Main Secret", main, "exp master", throughFinished, atFinished);
    const throughOurs = this.#through("Finished", "client");
    if (throughOurs === undefined) return this.#secrets;
    const resumption = this.#derive(
      "resumption_secret",
      "Main Secret",
      main,
      "res master",
      throughOurs,
      stepOf(throughOurs),
    );
    this.#tickets(resumption);
    return this.#secrets;
  }

  /** RFC 9846 §7.2: each generation comes of the last. */
  #application(side: Side, main: Bytes, transcript: readonly Heard[]): void {
    const { hash, updates } = this.#inputs;
    const label = side === "client" ? "c ap traffic" : "s ap traffic";
    const name = (generation: number): string => `${side}_application_traffic_secret_${generation}`;
    let secret = this.#derive(name(0), "Main Secret", main, label, transcript, stepOf(transcript));
    updates[side].forEach((step, generation) => {
      secret = hkdfExpandLabel(hash, secret, "traffic upd", noBytes, hash.length);
      this.#secrets.push({
        name: name(generation + 1),
        value: secret,
        how: {
          kind: "derive",
          parent: name(generation),
          label: "traffic upd",
          transcript: [],
          transcriptHash: undefined,
        },
        step,
      });
    });
  }

  /** RFC 9846 §4.7.1: the PSK of each ticket. */
  #tickets(resumption: Bytes): void {
    const { hash, heard } = this.#inputs;
    heard
      .filter(({ name }) => name === "NewSessionTicket")
      .forEach(({ bytes, step }, index) => {
        const { ticketNonce } = decodeMessage("NewSessionTicket", bytes);
        this.#secrets.push({
          name: `PSK of ticket ${index}`,
          value: hkdfExpandLabel(hash, resumption, "resumption", ticketNonce, hash.length),
          how: {
            kind: "derive",
            parent: "resumption_secret",
            label: "resumption",
            transcript: [],
            transcriptHash: undefined,
          },
          step,
        });
      });
  }

  #input(name: string, value: Bytes, step: number): void {
    this.#secrets.push({ name, value, how: { kind: "input" }, step });
  }

  #extract(
    name: string,
    salt: readonly [string, Bytes],
    inputKeyMaterial: readonly [string, Bytes],
    step: number,
  ): Bytes {
    const value = hkdfExtract(this.#inputs.hash, salt[1], inputKeyMaterial[1]);
    this.#secrets.push({
      name,
      value,
      how: { kind: "extract", salt: salt[0], inputKeyMaterial: inputKeyMaterial[0] },
      step,
    });
    return value;
  }

  #derive(
    name: string,
    parent: string,
    secret: Bytes,
    label: string,
    messages: readonly Heard[],
    step: number,
  ): Bytes {
    const { hash } = this.#inputs;
    const transcriptHash = hash.digest(this.#transcript(messages));
    const value = deriveSecret(hash, secret, label, transcriptHash);
    this.#secrets.push({
      name,
      value,
      how: { kind: "derive", parent, label, transcript: messages.map((one) => one.name), transcriptHash },
      step,
    });
    return value;
  }

  /** RFC 9846 §4.1/2: where there was a retry, a hash stands for the first hello. */
  #transcript(messages: readonly Heard[]): Bytes {
    const retried = messages.some(({ name }) => name === "HelloRetryRequest");
    return concat(
      ...messages.map(({ bytes }, index) =>
        retried && index === 0 ? messageHash(this.#inputs.hash, bytes) : bytes,
      ),
    );
  }

  /** The messages of the handshake to this one of this side; undefined where it did not come. */
  #through(name: string, from: Side): readonly Heard[] | undefined {
    const { heard } = this.#inputs;
    const index = heard.findIndex((one) => one.name === name && one.from === from);
    return index < 0 ? undefined : heard.slice(0, index + 1);
  }
}

function stepOf(messages: readonly Heard[]): number {
  return (messages.at(-1) as Heard).step;
}

/** Names of §7.1 → labels of NSS's key log. */
const logLabels: Readonly<Record<string, string>> = {
  client_early_traffic_secret: "CLIENT_EARLY_TRAFFIC_SECRET",
  early_exporter_secret: "EARLY_EXPORTER_SECRET",
  client_handshake_traffic_secret: "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  server_handshake_traffic_secret: "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  client_application_traffic_secret_0: "CLIENT_TRAFFIC_SECRET_0",
  server_application_traffic_secret_0: "SERVER_TRAFFIC_SECRET_0",
  exporter_secret: "EXPORTER_SECRET",
};

/**
 * Those secrets that the client's own key log does not contradict; what it never logged it never had.
 *
 * @throws Error where a value differs from the client's own: one of the two is wrong
 */
export function checkedAgainstLog(
  secrets: readonly RunSecret[],
  log: readonly string[],
): readonly RunSecret[] {
  const logged = new Map(log.map((line) => [line.split(" ")[0], line.split(" ")[2]]));
  return secrets.filter(({ name, value }) => {
    const label = logLabels[name];
    if (label === undefined) return true;
    const own = logged.get(label);
    if (own !== undefined && own !== toHex(value)) throw new Error(`${name} is not what the client has`);
    return own !== undefined;
  });
}

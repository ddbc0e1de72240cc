import { type CipherSuite, cipherSuiteByCode } from "../../../src/crypto/cipherSuites.ts";
import type { CryptoProvider } from "../../../src/crypto/provider.ts";
import { nextTrafficSecret, type TrafficSecret } from "../../../src/keyschedule/trafficSecret.ts";
import { type Epoch, type EpochName, openEpoch } from "../../../src/record/epoch.ts";
import { headerLength, tagLength } from "../../../src/record/limits.ts";
import { type Bytes, copyOf } from "../../../src/wire/bytes.ts";
import { contentTypes } from "../../../src/wire/registry.ts";
import { innerOf, openProtected } from "../protectedRecord.ts";
import type { RunKeys, RunRecord, Side } from "../run.ts";

interface Keys extends RunKeys {
  readonly secret: TrafficSecret;
  readonly opener: Epoch;
  sequence: number;
}

/**
 * Opens what one side sent. Nobody says in clear when keys change, so the tag decides: a record is tried with the keys of the one
 * before it, then with those that may follow. That also gets over records which were dropped, doubled or tampered with.
 */
export class RecordOpener {
  readonly #from: Side;
  readonly #provider: CryptoProvider;
  #current: Keys | undefined;
  #upcoming: Keys[] = [];
  /** Records in a row that the current keys did not open: each may have used up a sequence number. */
  #missed = 0;
  #plaintexts = 0;
  #unopened = 0;
  #expected: EpochName;

  constructor(from: Side, provider: CryptoProvider) {
    this.#from = from;
    this.#provider = provider;
    this.#expected = from === "client" ? "early" : "handshake";
  }

  /** Under which keys the next record should stand, whether they are known or not. */
  expect(epoch: EpochName): void {
    this.#expected = epoch;
    this.#unopened = 0;
  }

  /** Keys that may follow all that are known already. Left out where the secret does not fit the suite, or there is no cipher. */
  add(epoch: EpochName, suite: CipherSuite, secret: Bytes | undefined): boolean {
    const hash = this.#provider.hashes[suite.hash];
    if (secret === undefined || secret.length !== hash.length) return false;
    return this.#add(epoch, 0, { suite, hash, secret: copyOf(secret) });
  }

  /** After a KeyUpdate (RFC 9846 §7.2): the next secret, or undefined where the one before is not known. */
  update(): Bytes | undefined {
    const current = this.#current;
    if (current?.epoch !== "application") return undefined;
    const next = nextTrafficSecret({ ...current.secret, secret: copyOf(current.secret.secret) });
    return this.#add("application", current.generation + 1, next) ? next.secret : undefined;
  }

  #add(epoch: EpochName, generation: number, secret: TrafficSecret): boolean {
    const aead = this.#provider.aeads().find(({ name }) => name === secret.suite.aead);
    if (aead === undefined) return false;
    const opener = openEpoch(this.#provider, epoch, generation, secret);
    this.#upcoming.push({ epoch, generation, secret, opener, sequence: 0 });
    return true;
  }

  async open(wire: Bytes): Promise<RunRecord> {
    const type = wire[0] as number;
    const common = { from: this.#from, wire };
    if (type !== contentTypes.application_data) {
      const sequence = this.#plaintexts++;
      return {
        ...common,
        epoch: "none",
        generation: 0,
        content: wire.slice(headerLength),
        type,
        padding: 0,
        sequence,
      };
    }
    const opened = await this.#try(wire);
    if (opened === undefined)
      return { ...common, ...this.#unopenedAt(), content: undefined, type, padding: 0 };
    const { keys, sequence, plaintext } = opened;
    const { epoch, generation } = keys;
    return { ...common, epoch, generation, ...innerOf(plaintext), sequence };
  }

  #unopenedAt(): RunKeys & { readonly sequence: number } {
    const current = this.#current;
    if (current === undefined || rank(current.epoch) < rank(this.#expected)) {
      return { epoch: this.#expected, generation: 0, sequence: this.#unopened++ };
    }
    const { epoch, generation, sequence } = current;
    return { epoch, generation, sequence: sequence + this.#missed - 1 };
  }

  async #try(wire: Bytes): Promise<{ keys: Keys; sequence: number; plaintext: Uint8Array } | undefined> {
    if (wire.length >= headerLength + tagLength) {
      const current = this.#current;
      if (current !== undefined) {
        const { sequence } = current;
        for (const at of this.#missed > 0 ? [sequence + this.#missed, sequence] : [sequence]) {
          const plaintext = await openProtected(current.opener, at, wire);
          if (plaintext !== undefined) return this.#opened(current, at, plaintext);
        }
      }
      for (const [index, keys] of this.#upcoming.entries()) {
        // Records that were spoilt may have been the first under these keys.
        for (const at of this.#missed > 0 ? [0, this.#missed] : [0]) {
          const plaintext = await openProtected(keys.opener, at, wire);
          if (plaintext === undefined) continue;
          this.#current = keys;
          this.#upcoming = this.#upcoming.slice(index + 1);
          return this.#opened(keys, at, plaintext);
        }
      }
    }
    this.#missed++;
    return undefined;
  }

  #opened(keys: Keys, sequence: number, plaintext: Uint8Array) {
    keys.sequence = sequence + 1;
    this.#missed = 0;
    return { keys, sequence, plaintext };
  }
}

const order: readonly RunKeys["epoch"][] = ["none", "early", "handshake", "application"];
const rank = (epoch: RunKeys["epoch"]): number => order.indexOf(epoch);

/** Suites of a hello that an early secret of this length may be for: the server tells which only later. */
export function suitesOfHash(
  offered: readonly number[],
  hashLength: number,
  provider: CryptoProvider,
): CipherSuite[] {
  return offered
    .map(cipherSuiteByCode)
    .filter((suite) => suite !== undefined)
    .filter((suite) => provider.hashes[suite.hash].length === hashLength);
}

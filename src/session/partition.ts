import type { Hash } from "../crypto/provider.ts";
import { fromAscii, toHex } from "../wire/bytes.ts";
import { localError } from "../wire/error.ts";
import { isPemOrDer } from "../x509/pemOrDer.ts";
import type { ExternalPsk } from "./externalPsk.ts";
import type { SessionCache } from "./sessionCache.ts";

/** What something is known by: words that mean the same in every process, or an object, which is only itself. */
export type KnownBy = string | object;

/** All that keeps the sessions of one connection from another's. */
export interface PartitionParts {
  /** What the caller gave: it stands for whatever has no name. */
  readonly given: string | undefined;
  readonly serverName: string;
  /** Undefined where the transport does not tell. */
  readonly port: number | undefined;
  /** In order of preference. */
  readonly alpn: readonly string[];
  /** How a server may sign: who was believed under laxer settings is not under stricter ones. */
  readonly signatureSchemes: readonly string[];
  readonly trust: KnownBy;
  /** Undefined where the client shows no certificate. */
  readonly identity: KnownBy | undefined;
  /** They authenticate a server, too: see {@link nameOfPsk}. */
  readonly externalPsks: readonly string[];
}

/**
 * The name under which a connection's sessions are kept, and never offered outside of it. Different parts make different
 * names. Suites and groups are no part: a session fits the suites of a hello or is not offered, and their order differs
 * between machines.
 *
 * @throws TlsError `invalid_option`, which names `partition`: where a cache is shared, and a part has no name that others
 * would understand, the caller has to give one
 */
export function partitionOf(parts: PartitionParts, { shared }: SessionCache): string {
  const { given, port, trust, identity } = parts;
  if (given !== undefined && (typeof given !== "string" || given === "")) {
    throw localError("invalid_option", "partition: expected a string with something in it");
  }
  const nameless: string[] = [];
  if (port === undefined) nameless.push("the port");
  if (typeof trust !== "string") nameless.push("whom to trust");
  if (identity !== undefined && typeof identity !== "string") nameless.push("the client's identity");
  if (shared && given === undefined && nameless.length > 0) {
    throw localError(
      "invalid_option",
      `partition: expected a name, since other processes can't know ${nameless.join(" and ")}`,
    );
  }
  const known = (part: KnownBy): string | number =>
    typeof part === "string" ? part : given === undefined ? numberOf(part) : 0;
  return JSON.stringify([
    given ?? null,
    parts.serverName,
    port ?? null,
    parts.alpn,
    parts.signatureSchemes,
    known(trust),
    identity === undefined ? null : known(identity),
    parts.externalPsks,
  ]);
}

const numbers = new WeakMap<object, number>();
let last = 0;

/** Never 0. */
function numberOf(object: object): number {
  let number = numbers.get(object);
  if (number === undefined) {
    number = ++last;
    numbers.set(object, number);
  }
  return number;
}

/** Of lists that nobody can change any more: frozen, and of text. Such as node:tls's rootCertificates, 200 KB to be hashed. */
const namesOfFrozen = new WeakMap<object, string>();

/** What trust settings are known by: certificates by what they are, everything else as the object that it is. */
export function trustKnownBy(trust: object, roots: unknown, hash: Hash): KnownBy {
  if (isPemOrDer(roots)) return nameOfCertificates([roots], hash);
  if (!Array.isArray(roots)) return trust;
  const known = namesOfFrozen.get(roots);
  if (known !== undefined) return known;
  if (!roots.every(isPemOrDer)) return trust;
  const name = nameOfCertificates(roots, hash);
  if (Object.isFrozen(roots) && roots.every((one) => typeof one === "string")) namesOfFrozen.set(roots, name);
  return name;
}

/**
 * A name for trusted certificates by what they are, in their order: the same certificates have the same name everywhere.
 * @param certificates DER, or text in PEM
 */
export function nameOfCertificates(certificates: Iterable<Uint8Array | string>, hash: Hash): string {
  const running = hash.start();
  for (const one of certificates) {
    const bytes = typeof one === "string" ? utf8.encode(one) : one;
    running.update(fromAscii(`${typeof one === "string" ? "text" : "bytes"} ${bytes.length}\n`));
    running.update(bytes);
  }
  return `${hash.name} ${toHex(running.digest())}`;
}

/**
 * A name for an external PSK by what it is. A key that took the place of another under the same identity has another name: who
 * knows the old one may know the sessions that came of it, too. Nobody learns a random key from 64 bits of a hash.
 */
export function nameOfPsk({ kind, hash: keyHash, identity, key }: ExternalPsk, hash: Hash): string {
  const running = hash.start();
  running.update(fromAscii("tls13 partition\n"));
  running.update(key);
  return `${kind} ${keyHash} ${toHex(identity)} ${toHex(running.digest()).slice(0, 16)}`;
}

const utf8 = new TextEncoder();

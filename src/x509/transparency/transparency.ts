import type { PublicKey } from "../../crypto/publicKey.ts";
import { type Bytes, equal, toHex } from "../../wire/bytes.ts";
import { type Certificate, partOf } from "../certificate.ts";
import type { CandidatePath, Note, PathCheck, PathCheckContext } from "../pathCheck.ts";
import { certificateEntry, precertificateEntry } from "./entry.ts";
import type { Log, LogList } from "./logList.ts";
import {
  chromePolicy,
  counts,
  isEnough,
  operatorAt,
  type TransparencyPolicy,
  type Vouched,
} from "./policy.ts";
import { stapledTimestamps } from "./stapled.ts";
import { parseTimestamp, parseTimestampList, type SignedTimestamp, signedBytes } from "./timestamp.ts";
import { timestampLimits } from "./timestampLimits.ts";

export interface TransparencyOptions {
  /** The logs that are believed: from `parseLogList`. A list is good for weeks, for logs come and go. */
  readonly logs: LogList;
  /**
   * Whether a certificate that too few logs vouch for is refused: any, or one under a root of the public web (whose
   * profile is `webpki`), for no public log takes those of other roots. Default: false, and it is only told.
   */
  readonly required?: boolean | "public";
  /** How many have to vouch for it. Default: as many as Chrome asks for. */
  readonly policy?: TransparencyPolicy;
}

/** How far the clock of a log may be ahead of ours, in milliseconds. */
const mostSkew = 300_000;

/** After as many days Chrome takes no more notice of its list. */
const listDays = 70;

/**
 * Checks that the peer's certificate was promised to be shown in public logs (RFC 6962 §3.3): by timestamps in the
 * certificate, in a stapled OCSP response or in the handshake. Those of unknown logs, with wrong signatures or from the
 * future count for nothing, and do no harm beside enough good ones.
 */
export function transparency({ logs, required = false, policy }: TransparencyOptions): PathCheck {
  return async (candidate, context) => {
    const leaf = candidate.path[0] as Certificate;
    const lifetime = leaf.notAfter - leaf.notBefore;
    const stories: string[] = [];
    for (const source of [embedded(candidate, context), delivered(leaf, context)]) {
      const needed = policy ?? chromePolicy(lifetime, source.isEmbedded);
      const count = await countOf(source, logs, needed, leaf, context);
      if (count === "spent") return { fault: { rule: "budget", certificate: leaf, about: "" } };
      if (isEnough(count.vouched, needed)) return passed(`logged by ${logNames(count.vouched)}`);
      const story = storyOf(count, needed, source);
      if (story !== undefined) stories.push(story);
    }
    const isRequired = required === "public" ? candidate.anchor.profile === "webpki" : required;
    const told = `${stories.join("; ") || "no timestamps of a log"}${ageOf(logs, context.time)}`;
    if (!isRequired) return { fault: undefined, notes: [note("absent", told)] };
    return {
      fault: { rule: "transparency", certificate: leaf, about: `is not shown to be logged: ${told}` },
    };
  };
}

/** Timestamps that came one way, and what they are about. */
interface Source {
  readonly isEmbedded: boolean;
  readonly timestamps: readonly Bytes[];
  /** Whether a list of them could not be read. */
  readonly isBroken: boolean;
  readonly entry: () => Bytes;
  /** Of embedded ones, the key of the certificate's issuer: what is signed depends on it. */
  readonly issuer: Bytes | undefined;
}

function embedded({ path, anchor }: CandidatePath, { hashes }: PathCheckContext): Source {
  const leaf = path[0] as Certificate;
  const issuer = path[1];
  const key = issuer === undefined ? (anchor.publicKey as PublicKey).spki : partOf(issuer, issuer.spki);
  const extension = leaf.extensions.signedCertificateTimestamps;
  const timestamps = extension === undefined ? [] : parseTimestampList(partOf(leaf, extension));
  return {
    isEmbedded: true,
    timestamps: timestamps ?? [],
    isBroken: timestamps === undefined,
    entry: () => precertificateEntry(leaf, hashes["SHA-256"].digest(key)),
    issuer: key,
  };
}

function delivered(leaf: Certificate, { evidence }: PathCheckContext): Source {
  const { ocspResponse, signedCertificateTimestamps } = evidence;
  const stapled = ocspResponse === undefined ? [] : stapledTimestamps(ocspResponse);
  return {
    isEmbedded: false,
    timestamps: [...signedCertificateTimestamps, ...(stapled ?? [])],
    isBroken: stapled === undefined,
    entry: () => certificateEntry(leaf),
    issuer: undefined,
  };
}

/** What became of the timestamps of a source. */
interface Count {
  readonly vouched: readonly Vouched[];
  readonly ignored: readonly string[];
}

async function countOf(
  source: Source,
  { logs }: LogList,
  needed: TransparencyPolicy,
  leaf: Certificate,
  context: PathCheckContext,
): Promise<Count | "spent"> {
  const vouched: Vouched[] = [];
  const ignored: string[] = source.isBroken ? ["a list that can't be read"] : [];
  let entry: Bytes | undefined;
  const { timestamps } = timestampLimits;
  if (source.timestamps.length > timestamps) ignored.push(`those behind the first ${timestamps}`);
  for (const [i, bytes] of source.timestamps.slice(0, timestamps).entries()) {
    const timestamp = parseTimestamp(bytes);
    const log = timestamp === undefined ? undefined : logs.get(toHex(timestamp.logId));
    if (timestamp === undefined) ignored.push("one that can't be read");
    else if (log === undefined) ignored.push("one of an unknown log");
    else if (vouched.some((one) => one.log === log)) continue;
    else if (!counts(log, timestamp.time, source.isEmbedded))
      ignored.push(`one of ${log.name}, by its state`);
    // RFC 6962 §5.2
    else if (timestamp.time > 1000 * context.time + mostSkew)
      ignored.push(`one of ${log.name} from the future`);
    else {
      const isKnown = isRemembered(leaf, i, source, log);
      entry ??= isKnown ? undefined : source.entry();
      const verdict = isKnown || (await verify(timestamp, log, entry as Bytes, context));
      if (verdict === "spent") return "spent";
      if (!verdict) {
        ignored.push(`one of ${log.name} with a wrong signature`);
        continue;
      }
      if (!isKnown) remember(leaf, i, source, log);
      vouched.push({ log, operator: operatorAt(log, timestamp.time) });
      // What else there is changes nothing, and need not be paid for.
      if (isEnough(vouched, needed)) break;
    }
  }
  return { vouched, ignored };
}

function verify(
  timestamp: SignedTimestamp,
  { key }: Log,
  entry: Bytes,
  context: PathCheckContext,
): Promise<boolean | "spent"> | false {
  const { algorithm, signature } = timestamp;
  if (algorithm === undefined) return false;
  return context.verify(algorithm, key, signedBytes(timestamp, entry), signature);
}

// Signatures in a certificate that were found right: they follow from its bytes and the two keys. The certificate's time in
// the cache is theirs too.
interface Remembered {
  readonly index: number;
  readonly issuer: Bytes;
  readonly logKey: Bytes;
}
const remembered = new WeakMap<Certificate, Remembered[]>();
const mostRemembered = 8;

function isRemembered(leaf: Certificate, index: number, { issuer }: Source, { key }: Log): boolean {
  if (issuer === undefined) return false;
  const list = remembered.get(leaf) ?? [];
  return list.some((one) => one.index === index && equal(one.issuer, issuer) && equal(one.logKey, key.spki));
}

function remember(leaf: Certificate, index: number, { issuer }: Source, { key }: Log): void {
  if (issuer === undefined) return;
  const list = remembered.get(leaf) ?? [];
  if (list.length < mostRemembered) list.push({ index, issuer, logKey: key.spki });
  remembered.set(leaf, list);
}

const note = (outcome: Note["outcome"], detail: string): Note => ({ check: "transparency", outcome, detail });

const passed = (detail: string) => ({ fault: undefined, notes: [note("passed", detail)] }) as const;

const logNames = (vouched: readonly Vouched[]): string =>
  vouched.map(({ log, operator }) => `${log.name} (${operator})`).join(", ");

function storyOf(
  { vouched, ignored }: Count,
  needed: TransparencyPolicy,
  source: Source,
): string | undefined {
  if (vouched.length === 0 && ignored.length === 0) return undefined;
  const where = source.isEmbedded ? "in the certificate" : "with the handshake";
  const operators = new Set(vouched.map(({ operator }) => operator)).size;
  const got = `${counted(vouched.length, "log")} of ${counted(operators, "operator")}`;
  const need = `${counted(needed.logs, "log")} of ${counted(needed.operators, "operator")}`;
  const without = ignored.length === 0 ? "" : `, without ${ignored.slice(0, mostTold).join(", ")}`;
  return `timestamps ${where} are of ${got}, where ${need} are needed${without}`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

const mostTold = 5;

/** RFC 6962 leaves it to the client which logs it knows; a list that is too old knows too few. */
function ageOf({ madeAt }: LogList, time: number): string {
  const days = madeAt === undefined ? 0 : Math.floor((time - madeAt / 1000) / 86_400);
  return days > listDays ? ` (the list of logs is ${days} days old)` : "";
}

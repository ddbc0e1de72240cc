// The cases of x509-limbo (C2SP), and how one is judged. test/vectors/README.md says where they are from.

import { readFileSync } from "node:fs";
import { defaultProvider } from "../../../src/crypto/provider/node.ts";
import { createTrustStore } from "../../../src/trust/trustStore.ts";
import { decodeBase64 } from "../../../src/wire/base64.ts";
import type { Bytes } from "../../../src/wire/bytes.ts";
import { certificateCache } from "../../../src/x509/cache.ts";
import { parseMailbox, parseReferenceName, type ReferenceName } from "../../../src/x509/names.ts";
import type { Profile } from "../../../src/x509/profile.ts";
import { crls } from "../../../src/x509/revocation/crls.ts";
import { type Question, rules } from "../../../src/x509/rules.ts";
import type { Verdict } from "../../../src/x509/verdict.ts";
import { verifyChain } from "../../../src/x509/verify.ts";

export interface LimboCase {
  readonly id: string;
  readonly expected: "SUCCESS" | "FAILURE";
  readonly kind: "SERVER" | "CLIENT";
  readonly features?: readonly string[];
  readonly time?: string;
  /** The wanted one; of a client's certificate, all that have to be in it. */
  readonly names?: readonly string[];
  readonly purposes?: readonly string[];
  readonly depth?: number;
  /** Indices of certificates. */
  readonly trusted: readonly number[];
  readonly others?: readonly number[];
  readonly peer: number;
  readonly crls?: readonly string[];
  /** Made with the suite's own sources, where the published set of cases leaves it out. */
  readonly generated?: true;
}

interface Vectors {
  readonly cases: readonly LimboCase[];
  readonly certificates: readonly string[];
}

const read = (url: URL) => JSON.parse(readFileSync(url, "utf8"));
const vectors: Vectors = read(new URL("../../vectors/x509-limbo.json", import.meta.url));
const certificates = vectors.certificates.map((text) => decodeBase64(text) as Bytes);

export const limboCases = vectors.cases;

/** What the suite says where it does not agree with itself or with the rules that are ours, and why we do not follow. */
export const differences: Readonly<Record<string, string>> = read(
  new URL("differences.json", import.meta.url),
);

/** A time within the validity of the certificates that were made for the suite. */
const someTime = Date.UTC(2026, 10, 24) / 1000;

/** The profile that a case is for, by its family. */
export const profileOf = ({ id }: LimboCase): Profile =>
  /^(webpki|online)::/.test(id) ? "webpki" : "rfc5280";

/** A question for each wanted name. */
export function questionsOf(
  { kind, time, names = [], depth }: LimboCase,
  profile: Profile,
  isPublicSuffix?: (domain: string) => boolean,
): readonly Question[] {
  const wanted = names.map((name) => (parseReferenceName(name) ?? parseMailbox(name)) as ReferenceName);
  return (wanted.length === 0 ? (["any"] as const) : wanted).map((name) => ({
    time: time === undefined ? someTime : Math.floor(Date.parse(time) / 1000),
    wanted: name,
    purpose: kind === "SERVER" ? "server" : "client",
    profile,
    maxIntermediates: depth,
    isPublicSuffix,
  }));
}

/** Judges a case under a profile: the first verdict that is not trust, or the last. */
export async function judgeCase(
  limboCase: LimboCase,
  profile: Profile,
  isPublicSuffix?: (domain: string) => boolean,
): Promise<Verdict> {
  let verdict: Verdict | undefined;
  for (const question of questionsOf(limboCase, profile, isPublicSuffix)) {
    verdict = await answer(limboCase, question);
    if (!verdict.trusted) break;
  }
  return verdict as Verdict;
}

function answer(limboCase: LimboCase, question: Question): Promise<Verdict> {
  const { peer, others = [], trusted } = limboCase;
  const der = (index: number): Bytes => certificates[index] as Bytes;
  return verifyChain([peer, ...others].map(der), question, {
    anchors: createTrustStore(trusted.map(der)),
    provider: defaultProvider,
    cache: certificateCache(),
    watch: undefined,
    checks:
      limboCase.crls === undefined ? [] : [crls(limboCase.crls.map((text) => decodeBase64(text) as Bytes))],
    evidence: { ocspResponse: undefined, signedCertificateTimestamps: [] },
  });
}

/** `trusted`, or the code of the error and the rule. */
export const outcomeOf = (verdict: Verdict): string =>
  verdict.trusted ? "trusted" : `${rules[verdict.failure.rule].code} (${verdict.failure.rule})`;

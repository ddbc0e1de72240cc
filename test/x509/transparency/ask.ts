import { defaultProvider } from "../../../src/crypto/provider/node.ts";
import type { PublicKey } from "../../../src/crypto/publicKey.ts";
import type { Bytes } from "../../../src/wire/bytes.ts";
import { type Certificate, parseCertificate } from "../../../src/x509/certificate.ts";
import type { Evidence, PathCheck, PathCheckContext } from "../../../src/x509/pathCheck.ts";
import { anchorFromCertificate } from "../../../src/x509/trustAnchor.ts";

export interface Asked {
  /** From the leaf upwards; the last is the anchor. */
  readonly chain: readonly Bytes[];
  readonly evidence?: Partial<Evidence>;
  /** Milliseconds since 1970. Default: now. */
  readonly time?: number;
  readonly profile?: "webpki" | "private";
  readonly verify?: PathCheckContext["verify"];
}

/** What a check says of a path: the outcome and the words of its note, or the rule and the words of its fault. */
export async function ask(check: PathCheck, asked: Asked): Promise<readonly [string, string]> {
  const { chain, evidence = {}, time = Date.now(), profile = "webpki" } = asked;
  const path = chain.slice(0, -1).map(parsed);
  const anchor = anchorFromCertificate(chain.at(-1) as Bytes, { profile, distrustAfter: undefined });
  const context: PathCheckContext = {
    time: Math.floor(time / 1000),
    evidence: { ocspResponse: undefined, signedCertificateTimestamps: [], ...evidence },
    hashes: defaultProvider.hashes,
    verify:
      asked.verify ??
      (async (algorithm, key: PublicKey, message, signature) =>
        defaultProvider.verify(algorithm, key, message, signature)),
  };
  const result = await check({ path, anchor }, context);
  if (result.fault !== undefined) return [result.fault.rule, result.fault.about];
  const [note] = result.notes;
  if (note === undefined || result.notes.length !== 1) throw new Error("expected one note");
  return [note.outcome, note.detail];
}

/** The same certificate for the same bytes, as a cache of certificates has it. */
function parsed(der: Bytes): Certificate {
  const certificate = known.get(der) ?? parseCertificate(der);
  known.set(der, certificate);
  return certificate;
}
const known = new WeakMap<Bytes, Certificate>();

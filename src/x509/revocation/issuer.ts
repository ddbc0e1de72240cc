import type { PublicKey } from "../../crypto/publicKey.ts";
import type { SignatureAlgorithm } from "../../crypto/signatureSchemes.ts";
import { DerCursor, type Span } from "../../der/cursor.ts";
import { DerError } from "../../der/error.ts";
import { tags } from "../../der/tags.ts";
import { type Bytes, equal } from "../../wire/bytes.ts";
import { type Certificate, parseCertificate, sameBytes } from "../certificate.ts";
import type { CandidatePath, PathCheckContext } from "../pathCheck.ts";
import type { RuleName } from "../rules.ts";
import type { CertificateSignature } from "../signatureAlgorithm.ts";
import { keepsParameters } from "../signatures.ts";
import type { TrustAnchor } from "../trustAnchor.ts";

/** Who signed a certificate of a path, and so has a say in its revocation: the next of the path, or the anchor. */
export interface Issuer {
  /** What the spans refer to. */
  readonly der: Bytes;
  /** The Name, with its header. */
  readonly subject: Span;
  readonly publicKey: PublicKey;
  /** As flags; undefined where nothing restricts it. */
  readonly keyUsage: number | undefined;
}

/** Undefined for a certificate that is trusted by itself, unless it is self-issued: its issuer is not known then. */
export function issuerOf({ path, anchor }: CandidatePath, index: number): Issuer | undefined {
  const certificate = path[index] as Certificate;
  const above = path[index + 1];
  // The rule keyKind was kept by both.
  if (above !== undefined) {
    return {
      der: above.der,
      subject: above.subject,
      publicKey: above.publicKey as PublicKey,
      keyUsage: above.extensions.keyUsage,
    };
  }
  if (!sameBytes(anchor.der, anchor.subject, certificate.der, certificate.issuer)) return undefined;
  return {
    der: anchor.der,
    subject: anchor.subject,
    publicKey: anchor.publicKey as PublicKey,
    keyUsage: keyUsageOf(anchor),
  };
}

const anchorUsages = new WeakMap<TrustAnchor, { readonly keyUsage: number | undefined }>();

/** An anchor is a name and a key; only the certificate that it may have come from restricts what the key is for. */
function keyUsageOf(anchor: TrustAnchor): number | undefined {
  const known = anchorUsages.get(anchor);
  if (known !== undefined) return known.keyUsage;
  let keyUsage: number | undefined;
  try {
    if (anchor.certificate !== undefined) keyUsage = parseCertificate(anchor.certificate).extensions.keyUsage;
  } catch (error) {
    // How the paper of an anchor is written is not judged.
    if (!(error instanceof DerError)) throw error;
  }
  anchorUsages.set(anchor, { keyUsage });
  return keyUsage;
}

/** What hashes of keys are made of (RFC 6960 §4.1.1): the contents of the BIT STRING, without its count of unused bits. */
export function keyBits({ spki }: PublicKey): Bytes {
  const info = new DerCursor(spki).enter(tags.sequence);
  info.skip(tags.sequence);
  const { start, end } = info.bitString();
  return spki.subarray(start, end);
}

/** What is wrong, and the row of the table of rules that it breaks. */
export interface Complaint {
  readonly rule: RuleName;
  /** In words, continuing a sentence about what was signed. */
  readonly about: string;
}

/** Something that is signed as certificates are. */
export interface Signed {
  readonly der: Bytes;
  readonly tbs: Span;
  readonly signatureAlgorithm: CertificateSignature;
  readonly signature: Span;
}

/** What each key made of what is signed, within a verification: its paths often differ in nothing that matters here. */
const memories = new WeakMap<PathCheckContext, Map<Signed, { spki: Bytes; isValid: boolean }[]>>();

/** Whether it was signed with this key; undefined where it was. The same object is looked at once in a verification. */
export async function signatureComplaint(
  signed: Signed,
  key: PublicKey,
  context: PathCheckContext,
): Promise<Complaint | undefined> {
  const { algorithm, broken } = signed.signatureAlgorithm;
  if (algorithm === undefined) {
    return complaint(`is signed with an algorithm that ${broken ? "can be forged" : "is not supported"}`);
  }
  if (!keepsParameters(key, algorithm)) {
    return complaint("is signed with other RSASSA-PSS parameters than its signer's key is restricted to");
  }
  const isValid = await verifyOnce(signed, algorithm, key, context);
  if (isValid === "spent")
    return { rule: "budget", about: "can't be checked: no more signatures may be looked at" };
  return isValid ? undefined : wrongSignature;
}

async function verifyOnce(
  signed: Signed,
  algorithm: SignatureAlgorithm,
  key: PublicKey,
  context: PathCheckContext,
): Promise<boolean | "spent"> {
  let memory = memories.get(context);
  if (memory === undefined) {
    memory = new Map();
    memories.set(context, memory);
  }
  const answers = memory.get(signed) ?? [];
  const known = answers.find(({ spki }) => equal(spki, key.spki));
  if (known !== undefined) return known.isValid;
  const { der, tbs, signature } = signed;
  const isValid = await context.verify(
    algorithm,
    key,
    der.subarray(tbs.start, tbs.end),
    der.subarray(signature.start, signature.end),
  );
  if (isValid !== "spent") memory.set(signed, [...answers, { spki: key.spki, isValid }]);
  return isValid;
}

/** Of the row for everything that is wrong with what should tell whether a certificate was revoked. */
export const complaint = (about: string): Complaint => ({ rule: "revocationStatus", about });

export const wrongSignature = complaint("is not signed by whom it names");

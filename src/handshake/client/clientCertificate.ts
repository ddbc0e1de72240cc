import {
  type SignatureSchemeName,
  signatureSchemeByCode,
  signatureSchemes,
} from "../../crypto/signatureSchemes.ts";
import {
  type CheckedIdentity,
  type ChooseIdentity,
  checkIdentity,
  type IdentityRequest,
} from "../../identity/clientIdentity.ts";
import { whyForbidden, whyUnwanted } from "../../identity/suitability.ts";
import type { Transcript } from "../../keyschedule/transcript.ts";
import { encodeExtension, type RawExtension } from "../../messages/extensions/extension.ts";
import { extensionTable as table } from "../../messages/extensions/table.ts";
import { encodeMessage } from "../../messages/handshake.ts";
import { type Bytes, copyOf } from "../../wire/bytes.ts";
import { localError } from "../../wire/error.ts";
import type { Abortable, HandshakeChannel } from "../channel.ts";
import type { ClientAuthentication } from "./clientAuthentication.ts";
import type { ClientParameters } from "./parameters.ts";
import type { AskedCertificate } from "./serverAuthentication.ts";
import { signedContent } from "./signedContent.ts";

/** RFC 9846 §4.5.1, §4.5.2: in a handshake, and after it (§4.7.2). */
export async function authenticateClient(
  channel: Pick<HandshakeChannel, "during">,
  parameters: ClientParameters,
  { context, extensions }: AskedCertificate,
  transcript: Transcript,
): Promise<ClientAuthentication> {
  const request = readIdentityRequest(extensions);
  const chosen = await channel.during((abortable) => choose(parameters, request, abortable));
  const certificate = encodeMessage("Certificate", {
    certificateRequestContext: context,
    certificateList: chosen === undefined ? [] : entriesOf(chosen, extensions),
  });
  transcript.add(certificate.bytes);
  // §4.5.1/3
  if (chosen === undefined) return { messages: [certificate], identity: undefined };
  // whyForbidden has found one.
  const scheme = chosen.schemes.find((name) =>
    request.signatureSchemes.includes(name),
  ) as SignatureSchemeName;
  const content = signedContent("client", transcript.hash());
  const signature = await channel.during((abortable) => sign(parameters, chosen, scheme, content, abortable));
  const verify = encodeMessage("CertificateVerify", { algorithm: signatureSchemes[scheme].code, signature });
  transcript.add(verify.bytes);
  return { messages: [certificate, verify], identity: chosen.identity };
}

/** A request in the words of those who choose. */
function readIdentityRequest(asked: AskedCertificate["extensions"]): IdentityRequest {
  const { signatureAlgorithms = [], certificateAuthorities = [], oidFilters = [] } = asked;
  return {
    signatureSchemes: namesOf(signatureAlgorithms),
    // §4.3.3/4
    signatureSchemesCert: namesOf(asked.signatureAlgorithmsCert ?? signatureAlgorithms),
    certificateAuthorities,
    oidFilters,
  };
}

function namesOf(codes: readonly number[]): readonly SignatureSchemeName[] {
  return codes.map(signatureSchemeByCode).filter((name) => name !== undefined);
}

/** Undefined for none. @throws TlsError `no_suitable_identity` where one is required */
async function choose(
  { identity, requireIdentity }: ClientParameters,
  request: IdentityRequest,
  abortable: Abortable,
): Promise<CheckedIdentity | undefined> {
  let why = "there is none";
  if (typeof identity === "function") {
    // Who chooses may pass over what a server would like, and not over what must not be shown to it.
    const chosen = await chosenBy(identity, request, abortable);
    const forbidden = chosen && whyForbidden(chosen, request);
    if (chosen !== undefined && forbidden === undefined) return chosen;
    why = forbidden ?? "none was chosen";
  } else if (identity !== undefined) {
    const checked = checkIdentity(identity);
    const unsuitable = whyForbidden(checked, request) ?? whyUnwanted(checked, request);
    if (unsuitable === undefined) return checked;
    why = unsuitable;
  }
  if (requireIdentity) throw localError("no_suitable_identity", `no identity suits the request: ${why}`);
  return undefined;
}

async function chosenBy(
  chooseIdentity: ChooseIdentity,
  request: IdentityRequest,
  abortable: Abortable,
): Promise<CheckedIdentity | undefined> {
  try {
    const chosen = await chooseIdentity(request, abortable);
    return chosen && checkIdentity(chosen);
  } catch (error) {
    throw localError("internal_error", `the choice of an identity failed: ${wordsOf(error)}`, error);
  }
}

function entriesOf(
  { identity, certificates }: CheckedIdentity,
  asked: AskedCertificate["extensions"],
): readonly { readonly certData: Bytes; readonly extensions: readonly RawExtension[] }[] {
  const { ocspResponse, signedCertificateTimestamps = [] } = identity;
  const about: RawExtension[] = [];
  // §4.5.1/8, §4.3/4: what the request asks for, and nothing else.
  if (ocspResponse !== undefined && asked.statusRequest !== undefined) {
    const response = copyOf(ocspResponse);
    about.push(encodeExtension(table.statusRequest, "Certificate", { statusType: ocsp, response }));
  }
  if (signedCertificateTimestamps.length > 0 && asked.signedCertificateTimestamp !== undefined) {
    const list = signedCertificateTimestamps.map(copyOf);
    about.push(encodeExtension(table.signedCertificateTimestamp, "Certificate", list));
  }
  return certificates.map((certData, i) => ({ certData, extensions: i === 0 ? about : [] }));
}

/** RFC 6066 §8 */
const ocsp = 1;

/** A signature that the server can take: a key that is not the certificate's is found out here, and named. */
async function sign(
  { provider }: ClientParameters,
  { identity, publicKey }: CheckedIdentity,
  scheme: SignatureSchemeName,
  content: Bytes,
  abortable: Abortable,
): Promise<Bytes> {
  let signature: unknown;
  try {
    signature = await identity.sign(scheme, copyOf(content), abortable);
  } catch (error) {
    throw localError("signing_failed", `the key could not sign by ${scheme}: ${wordsOf(error)}`, error);
  }
  if (!(signature instanceof Uint8Array)) {
    throw localError("signing_failed", `expected the bytes of a signature, got ${typeof signature}`);
  }
  if (!(await provider.verify(signatureSchemes[scheme].algorithm, publicKey, content, signature))) {
    throw localError("signing_failed", `what the key signed by ${scheme} is not the certificate's signature`);
  }
  return copyOf(signature);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

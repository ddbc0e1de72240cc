import {
  handshakeSchemesFor,
  type SignatureSchemeName,
  signatureSchemeByCode,
  signatureSchemes,
} from "../src/crypto/signatureSchemes.ts";
import { finishedVerifyData, type TrafficSecret } from "../src/keyschedule/trafficSecret.ts";
import type { Certificate } from "../src/messages/certificate.ts";
import type { CertificateRequest } from "../src/messages/certificateRequest.ts";
import { decodeExtension } from "../src/messages/extensions/extension.ts";
import { extensionName, extensionTable as table } from "../src/messages/extensions/table.ts";
import { decodeMessage, type MessageName } from "../src/messages/handshake.ts";
import { type Bytes, concat, equal, toHex } from "../src/wire/bytes.ts";
import type { LabContext } from "./context.ts";
import { signedContent } from "./honest.ts";
import { certificateKey } from "./leafKey.ts";
import type { Seen } from "./seen.ts";
import { LabError } from "./wire.ts";

/** A CertificateRequest as it went out. */
export interface SentRequest {
  readonly body: CertificateRequest;
  readonly bytes: Bytes;
}

/** A client's answer to a request, as far as it has come. */
export interface ClientAuthentication {
  readonly request: CertificateRequest;
  /** DER, its own first; empty where it has nothing to show. */
  readonly certificates: readonly Bytes[];
  /** What it signed with, once that was verified. */
  readonly scheme: SignatureSchemeName | undefined;
}

/** RFC 9846 §4.5.1 @throws LabError where the answer doesn't fit its request */
export function readClientCertificate(
  request: CertificateRequest,
  { certificateRequestContext, certificateList }: Certificate,
): ClientAuthentication {
  if (!equal(certificateRequestContext, request.certificateRequestContext)) {
    throw new LabError("a Certificate whose context is not that of the request");
  }
  const asked = request.extensions.map(({ type }) => type);
  for (const { type } of certificateList.flatMap(({ extensions }) => extensions)) {
    if (!asked.includes(type)) throw new LabError(`a Certificate with ${extensionName(type)}, unasked`);
  }
  return { request, certificates: certificateList.map(({ certData }) => certData), scheme: undefined };
}

/** RFC 9846 §4.5.2 @throws LabError where the client does not prove that it holds its key */
export async function verifyClient(
  { provider }: LabContext,
  client: ClientAuthentication,
  message: Bytes,
  transcriptHash: Bytes,
): Promise<ClientAuthentication> {
  const { algorithm, signature } = decodeMessage("CertificateVerify", message);
  const { request, certificates } = client;
  const [leaf] = certificates;
  if (leaf === undefined) throw new LabError("CertificateVerify without a certificate");
  const extension = request.extensions.find(({ type }) => type === table.signatureAlgorithms.type);
  const asked =
    extension === undefined
      ? []
      : decodeExtension(table.signatureAlgorithms, "CertificateRequest", extension.data);
  const scheme = signatureSchemeByCode(algorithm);
  const key = certificateKey(leaf);
  if (scheme === undefined || !asked.includes(algorithm) || !handshakeSchemesFor(key).includes(scheme)) {
    throw new LabError(
      `a CertificateVerify under ${scheme ?? algorithm}, which was not asked for or does not fit`,
    );
  }
  const content = signedContent("client", transcriptHash);
  if (!(await provider.verify(signatureSchemes[scheme].algorithm, key, content, signature))) {
    throw new LabError(`the client's CertificateVerify is wrong: ${scheme}`);
  }
  return { request, certificates, scheme };
}

/** RFC 9846 §4.5.3 */
export function checkClientFinished(secret: TrafficSecret, transcriptHash: Bytes, message: Bytes): void {
  const { verifyData } = decodeMessage("Finished", message);
  if (!equal(verifyData, finishedVerifyData(secret, transcriptHash))) {
    throw new LabError("the client's Finished does not match what the two have seen");
  }
}

/** Answers to requests after the handshake (RFC 9846 §4.7.2): each is whole before anything else may come. */
export class PostHandshakeAuthentication {
  readonly #context: LabContext;
  readonly #seen: Seen;
  #client: ClientAuthentication | undefined;
  #transcript: Bytes[] = [];

  constructor(context: LabContext, seen: Seen) {
    this.#context = context;
    this.#seen = seen;
  }

  /** Whether an answer has begun and not ended. */
  get underWay(): boolean {
    return this.#client !== undefined;
  }

  /**
   * A message of the client's; false where it is none of an answer.
   *
   * @param secret the client's current traffic secret
   */
  async take(name: MessageName, bytes: Bytes, secret: TrafficSecret | undefined): Promise<boolean> {
    const context = this.#context;
    if (this.#client === undefined) {
      if (name !== "Certificate") return false;
      const body = decodeMessage("Certificate", bytes);
      const key = toHex(body.certificateRequestContext);
      const request = context.requests.get(key);
      if (request === undefined) throw new LabError("a Certificate that nobody asked for");
      context.requests.delete(key);
      this.#client = readClientCertificate(request.body, body);
      this.#transcript = [...context.handshakeTranscript, request.bytes, bytes];
      return true;
    }
    const expected =
      this.#client.certificates.length > 0 && this.#client.scheme === undefined
        ? "CertificateVerify"
        : "Finished";
    if (name !== expected) throw new LabError(`expected ${expected}, got ${name}`);
    const transcriptHash = context.hash.digest(concat(...this.#transcript));
    if (name === "CertificateVerify") {
      this.#client = await verifyClient(context, this.#client, bytes, transcriptHash);
      this.#transcript.push(bytes);
    } else {
      if (secret === undefined) throw new LabError("there are no keys of the client's");
      checkClientFinished(secret, transcriptHash, bytes);
      this.#seen.noteClient(this.#client, true);
      this.#client = undefined;
    }
    return true;
  }
}

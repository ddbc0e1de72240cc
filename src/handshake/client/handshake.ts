import type { CipherSuite } from "../../crypto/cipherSuites.ts";
import { type GroupName, groupByCode } from "../../crypto/groups.ts";
import type { CryptoProvider, Hash } from "../../crypto/provider.ts";
import type { SignatureSchemeName } from "../../crypto/signatureSchemes.ts";
import { startEarlyStage } from "../../keyschedule/earlyStage.ts";
import type { Exporter } from "../../keyschedule/exporter.ts";
import { finishedVerifyData, type TrafficSecret } from "../../keyschedule/trafficSecret.ts";
import { messageHash, startTranscript, type Transcript } from "../../keyschedule/transcript.ts";
import { type EncodedMessage, encodeMessage } from "../../messages/handshake.ts";
import type { PresentedCertificates, ServerIdentity, VerificationStep } from "../../trust/verifier.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { localError, TlsError } from "../../wire/error.ts";
import type { Abortable, HandshakeChannel } from "../channel.ts";
import { logSecret } from "../keyLog.ts";
import { checkCertificate, type ServerCertificate } from "./certificate.ts";
import { checkCertificateRequest } from "./certificateRequest.ts";
import { checkSignatureScheme, verifySignature } from "./certificateVerify.ts";
import { checkEncryptedExtensions } from "./encryptedExtensions.ts";
import { checkFinished } from "./finished.ts";
import { checkHelloRetryRequest } from "./helloRetryRequest.ts";
import { agree } from "./keyExchange.ts";
import { readOffer } from "./offer.ts";
import type { ClientParameters } from "./parameters.ts";
import { checkServerHello } from "./serverHello.ts";

export type WatchVerification = (step: VerificationStep) => void;

/** What a finished handshake leaves behind. */
export interface CompletedHandshake {
  readonly suite: CipherSuite;
  readonly group: GroupName;
  readonly signatureScheme: SignatureSchemeName;
  readonly alpn: string | undefined;
  readonly retried: boolean;
  readonly serverNameAcknowledged: boolean;
  readonly certificateRequested: boolean;
  readonly certificate: ServerCertificate;
  readonly identity: ServerIdentity;
  readonly exporter: Exporter;
  /** Tickets are made of it (RFC 9846 §4.7.1). */
  readonly resumptionSecret: Bytes;
}

/**
 * The client's side of RFC 9846 figure 1, from ClientHello to Finished. It reads as it runs: where it waits for a message,
 * no other can be accepted. Whatever it throws ends the connection; a TlsError says with which alert.
 */
export async function clientHandshake(
  channel: HandshakeChannel,
  parameters: ClientParameters,
  watch?: WatchVerification,
): Promise<CompletedHandshake> {
  const secrets: Wipeable[] = [];
  try {
    return await shakeHands(channel, parameters, watch, secrets);
  } finally {
    // §6/5, §7.1/2: however it ended.
    for (const secret of secrets) secret.wipe();
  }
}

/** @param secrets gets what has to be overwritten in the end */
async function shakeHands(
  channel: HandshakeChannel,
  parameters: ClientParameters,
  watch: WatchVerification | undefined,
  secrets: Wipeable[],
): Promise<CompletedHandshake> {
  const { provider, keyLog } = parameters;

  // §4.2: the hellos, two of each where the server asks for a retry.
  const first = readOffer(await channel.during(() => parameters.hello(parameters, undefined)));
  channel.send(first.message);
  let offer = first;
  let retry: ReturnType<typeof checkHelloRetryRequest> | undefined;
  const beforeServerHello: Bytes[] = [];
  let answer = await channel.next("ServerHello", "HelloRetryRequest");
  if (answer.name === "HelloRetryRequest") {
    const asked = checkHelloRetryRequest(first, answer.body);
    retry = asked;
    offer = readOffer(await channel.during(() => parameters.hello(parameters, { first, asked })));
    channel.send(offer.message);
    beforeServerHello.push(messageHash(provider.hashes[asked.suite.hash], first.message.bytes), answer.bytes);
    // §4.2.4/8: a second retry is out of order.
    answer = await channel.next("ServerHello");
  }
  const { suite: accepted, share } = checkServerHello(offer, retry, answer.body);
  // With the limits that the parameters give it.
  const suite = parameters.cipherSuites.find(({ code }) => code === accepted.code) ?? accepted;
  const hash: Hash = provider.hashes[suite.hash];
  const transcript = startTranscript(hash);
  for (const message of [...beforeServerHello, offer.message.bytes, answer.bytes]) transcript.add(message);

  // §7.1: the handshake keys.
  const clientRandom = offer.hello.random;
  const stage = startEarlyStage(hash).handshake(suite, await channel.during(() => agree(share)));
  const helloHash = transcript.hash();
  const serverHandshake = stage.server(helloHash);
  const clientHandshake = stage.client(helloHash);
  secrets.push(stage, wipeable(serverHandshake), wipeable(clientHandshake));
  logSecret(keyLog, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", clientRandom, clientHandshake.secret);
  logSecret(keyLog, "SERVER_HANDSHAKE_TRAFFIC_SECRET", clientRandom, serverHandshake.secret);
  // §A.1/1: first, so that an alert about what follows is not in the clear. What has arrived is read at once.
  channel.install("write", "handshake", clientHandshake);
  channel.install("read", "handshake", serverHandshake);

  // §4.4: the server's parameters.
  const encryptedExtensions = await channel.next("EncryptedExtensions");
  transcript.add(encryptedExtensions.bytes);
  const { alpn, serverNameAcknowledged } = checkEncryptedExtensions(offer, encryptedExtensions.body);
  let certificateMessage = await channel.next("CertificateRequest", "Certificate");
  let requestContext: Bytes | undefined;
  if (certificateMessage.name === "CertificateRequest") {
    transcript.add(certificateMessage.bytes);
    checkCertificateRequest(offer, certificateMessage.body);
    requestContext = certificateMessage.body.certificateRequestContext;
    certificateMessage = await channel.next("Certificate");
  }

  // §4.5: who the server is, and that it holds the key.
  transcript.add(certificateMessage.bytes);
  const certificate = checkCertificate(offer, certificateMessage.body);
  const identity = await identify(channel, parameters, certificate, watch);
  const signedHash = transcript.hash();
  const certificateVerify = await channel.next("CertificateVerify");
  const signatureScheme = checkSignatureScheme(offer, identity, certificateVerify.body);
  const { signature } = certificateVerify.body;
  await channel.during(() => verifySignature(provider, identity, signatureScheme, signedHash, signature));
  transcript.add(certificateVerify.bytes);
  const finishedHash = transcript.hash();
  const finished = await channel.next("Finished");
  checkFinished(serverHandshake, finishedHash, finished.body);
  transcript.add(finished.bytes);

  // §7.1: the application's keys. Reading begins now, so that an alert can come while we sign.
  const applicationHash = transcript.hash();
  const application = stage.application();
  const serverApplication = application.server(applicationHash);
  const clientApplication = application.client(applicationHash);
  secrets.push(application, wipeable(serverApplication), wipeable(clientApplication));
  const exporter = application.exporter(applicationHash);
  logSecret(keyLog, "CLIENT_TRAFFIC_SECRET_0", clientRandom, clientApplication.secret);
  logSecret(keyLog, "SERVER_TRAFFIC_SECRET_0", clientRandom, serverApplication.secret);
  logSecret(keyLog, "EXPORTER_SECRET", clientRandom, exporter.secret);
  channel.install("read", "application", serverApplication);

  // §4.5: our side. A request is answered even where there is no certificate to show (§4.5.1/3).
  const emptyCertificate =
    requestContext === undefined
      ? undefined
      : addTo(
          transcript,
          encodeMessage("Certificate", { certificateRequestContext: requestContext, certificateList: [] }),
        );
  const verifyData = finishedVerifyData(clientHandshake, transcript.hash());
  const ourFinished = addTo(transcript, encodeMessage("Finished", { verifyData }));
  if (emptyCertificate === undefined) channel.send(ourFinished);
  else channel.send(emptyCertificate, ourFinished);
  channel.install("write", "application", clientApplication);
  const resumptionSecret = application.resumption(transcript.hash());

  return {
    suite,
    group: groupByCode(share.group) as GroupName,
    signatureScheme,
    alpn,
    retried: retry !== undefined,
    serverNameAcknowledged,
    certificateRequested: requestContext !== undefined,
    certificate,
    identity,
    exporter,
    resumptionSecret,
  };
}

interface Wipeable {
  wipe(): void;
}

function wipeable({ secret }: TrafficSecret): Wipeable {
  return { wipe: () => void secret.fill(0) };
}

function addTo(transcript: Transcript, message: EncodedMessage): EncodedMessage {
  transcript.add(message.bytes);
  return message;
}

async function identify(
  channel: HandshakeChannel,
  { provider, serverName, verifier }: ClientParameters,
  certificate: ServerCertificate,
  watch: WatchVerification | undefined,
): Promise<ServerIdentity> {
  return channel.during(async (abortable) => {
    try {
      return await verifier(new Presented(certificate, serverName, provider, abortable, watch));
    } catch (error) {
      if (error instanceof TlsError) throw error;
      throw localError("internal_error", "the certificate verifier failed", error);
    }
  });
}

/** A class for its getter alone: most verifiers never look at the signal. */
class Presented implements PresentedCertificates {
  readonly chain: readonly Bytes[];
  readonly serverName: string;
  readonly ocspResponse: Bytes | undefined;
  readonly signedCertificateTimestamps: readonly Bytes[];
  readonly time: number;
  readonly provider: CryptoProvider;
  readonly step: WatchVerification | undefined;
  readonly #abortable: Abortable;

  constructor(
    { chain, ocspResponse, signedCertificateTimestamps }: ServerCertificate,
    serverName: string,
    provider: CryptoProvider,
    abortable: Abortable,
    watch: WatchVerification | undefined,
  ) {
    this.chain = chain;
    this.serverName = serverName;
    this.ocspResponse = ocspResponse;
    this.signedCertificateTimestamps = signedCertificateTimestamps;
    this.time = provider.now();
    this.provider = provider;
    this.step = watch;
    this.#abortable = abortable;
  }

  get signal(): AbortSignal {
    return this.#abortable.signal;
  }
}

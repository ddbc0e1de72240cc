import type { CipherSuite } from "../../crypto/cipherSuites.ts";
import { type GroupName, groupByCode } from "../../crypto/groups.ts";
import type { Hash } from "../../crypto/provider.ts";
import type { SignatureSchemeName } from "../../crypto/signatureSchemes.ts";
import type { ClientIdentity } from "../../identity/clientIdentity.ts";
import { startEarlyStage } from "../../keyschedule/earlyStage.ts";
import type { Exporter } from "../../keyschedule/exporter.ts";
import { finishedVerifyData } from "../../keyschedule/trafficSecret.ts";
import { startTranscript, type Transcript } from "../../keyschedule/transcript.ts";
import { extensionTable } from "../../messages/extensions/table.ts";
import { type EncodedMessage, encodeMessage } from "../../messages/handshake.ts";
import type { ServerIdentity } from "../../trust/verifier.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { peerError } from "../../wire/error.ts";
import type { HandshakeChannel } from "../channel.ts";
import { logSecret } from "../keyLog.ts";
import type { ServerCertificate } from "./certificate.ts";
import { answerRequest } from "./clientAuthentication.ts";
import { checkEncryptedExtensions } from "./encryptedExtensions.ts";
import { checkFinished } from "./finished.ts";
import { checkHelloRetryRequest } from "./helloRetryRequest.ts";
import type { WatchVerification } from "./identify.ts";
import { agree } from "./keyExchange.ts";
import { type Offer, type Retry, readOffer } from "./offer.ts";
import { seldom } from "./onDemand.ts";
import type { ClientParameters, FirstFlight } from "./parameters.ts";
import type { OfferedPsk, ResumableSession } from "./pskOffer.ts";
import { type AskedCertificate, authenticateServer } from "./serverAuthentication.ts";
import { checkServerHello } from "./serverHello.ts";

/** How the server authenticated itself. */
export type ServerAuthentication =
  | {
      readonly kind: "certificate";
      readonly certificate: ServerCertificate;
      readonly identity: ServerIdentity;
      readonly signatureScheme: SignatureSchemeName;
    }
  /** As it did when the session began, with what its certificate is worth today. */
  | ResumableSession
  /** It knows the key that was agreed upon outside of TLS. */
  | { readonly kind: "external" | "imported"; readonly identity: Bytes };

/** What became of early data; undefined where none was offered. */
export type EarlyDataOutcome = "accepted" | "rejected" | undefined;

/** What a finished handshake leaves behind. */
export interface CompletedHandshake {
  readonly suite: CipherSuite;
  readonly group: GroupName;
  readonly alpn: string | undefined;
  readonly retried: boolean;
  readonly serverNameAcknowledged: boolean;
  readonly certificateRequested: boolean;
  /** Who the client said to be; undefined where it showed no certificate. */
  readonly clientIdentity: ClientIdentity | undefined;
  /** Of the whole handshake, for what may be asked after it; undefined where nothing may (RFC 9846 §4.5). */
  readonly transcript: Transcript | undefined;
  readonly server: ServerAuthentication;
  readonly earlyData: EarlyDataOutcome;
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
  const first = await sendFirstHello(channel, parameters, watch, secrets);
  const offersEarlyData = first.extensionTypes.has(earlyDataType);
  let offer = first;
  let retry: Retry | undefined;
  let answer = await channel.next("ServerHello", "HelloRetryRequest");
  if (answer.name === "HelloRetryRequest") {
    const asked = checkHelloRetryRequest(first, answer.body, answer.bytes, provider.hashes);
    retry = asked;
    // §4.3.10: the retry refuses it.
    if (offersEarlyData) channel.endEarlyData("retried");
    offer = readOffer(
      await channel.during(() => parameters.hello(parameters, { first, asked }, nothingMore)),
    );
    secrets.push(...wipeableShares(offer));
    channel.send(offer.message);
    // §4.2.4/8: a second retry is out of order.
    answer = await channel.next("ServerHello");
  }
  const { suite: accepted, share, psk } = checkServerHello(offer, retry, answer.body);
  // With the limits that the parameters give it.
  const suite = parameters.cipherSuites.find(({ code }) => code === accepted.code) ?? accepted;
  const hash: Hash = provider.hashes[suite.hash];
  const transcript = startTranscript(hash);
  for (const message of [...(retry?.transcript ?? []), offer.message.bytes, answer.bytes]) {
    transcript.add(message);
  }

  // §7.1: the handshake keys.
  const clientRandom = offer.hello.random;
  const early = psk?.offered.stage ?? startEarlyStage(hash);
  const stage = early.handshake(suite, await channel.during(() => agree(share)));
  const helloHash = transcript.hash();
  const serverHandshake = stage.server(helloHash);
  const clientHandshake = stage.client(helloHash);
  secrets.push(stage, wipeable(serverHandshake), wipeable(clientHandshake));
  logSecret(keyLog, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", clientRandom, clientHandshake.secret);
  logSecret(keyLog, "SERVER_HANDSHAKE_TRAFFIC_SECRET", clientRandom, serverHandshake.secret);
  // §4.3.10: with another PSK, or none, there is no early data; a retry has ended it.
  const sendsEarlyData = offersEarlyData && retry === undefined;
  const mayTakeEarlyData = sendsEarlyData && psk?.index === 0;
  if (sendsEarlyData && !mayTakeEarlyData) channel.endEarlyData("refused");
  // §A.1/1: first, so that an alert about what follows is not in the clear. What has arrived is read at once.
  if (!mayTakeEarlyData) channel.install("write", "handshake", clientHandshake);
  channel.install("read", "handshake", serverHandshake);

  // §4.4: the server's parameters.
  const encryptedExtensions = await channel.next("EncryptedExtensions");
  transcript.add(encryptedExtensions.bytes);
  // Before it is judged, so that an alert about it is under keys that the server reads with (§A.1/1).
  const takesEarlyData = encryptedExtensions.body.extensions.some(({ type }) => type === earlyDataType);
  if (mayTakeEarlyData && !takesEarlyData) {
    channel.endEarlyData("refused");
    channel.install("write", "handshake", clientHandshake);
  }
  const { alpn, serverNameAcknowledged } = checkEncryptedExtensions(offer, encryptedExtensions.body);
  if (takesEarlyData) checkEarlyData(psk, suite, alpn);

  // §4.5: who the server is; a PSK tells (§2.2), and then nothing is asked of the client either.
  let server: ServerAuthentication;
  let asked: AskedCertificate | undefined;
  if (psk === undefined) {
    const authenticated = await authenticateServer(channel, parameters, offer, transcript, watch);
    const { certificate, identity, signatureScheme } = authenticated;
    asked = authenticated.asked;
    server = { kind: "certificate", certificate, identity, signatureScheme };
  } else server = authenticationBy(psk.offered);
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

  // §4.6: the end of early data, under its own keys.
  if (takesEarlyData) {
    channel.endEarlyData("taken");
    channel.send(addTo(transcript, encodeMessage("EndOfEarlyData", {})));
    channel.install("write", "handshake", clientHandshake);
  }

  // §4.5: our side. A request is answered even where there is no certificate to show (§4.5.1/3).
  const authentication =
    asked === undefined ? undefined : await answerRequest(channel, parameters, asked, transcript);
  const verifyData = finishedVerifyData(clientHandshake, transcript.hash());
  const ourFinished = addTo(transcript, encodeMessage("Finished", { verifyData }));
  if (authentication === undefined) channel.send(ourFinished);
  else channel.send(...authentication.messages, ourFinished);
  channel.install("write", "application", clientApplication);
  const resumptionSecret = application.resumption(transcript.hash());

  return {
    suite,
    group: groupByCode(share.group) as GroupName,
    alpn,
    retried: retry !== undefined,
    serverNameAcknowledged,
    certificateRequested: asked !== undefined,
    clientIdentity: authentication?.identity,
    transcript: parameters.postHandshakeAuthentication && mayAskLater(server) ? transcript : undefined,
    server,
    earlyData: !offersEarlyData ? undefined : takesEarlyData ? "accepted" : "rejected",
    exporter,
    resumptionSecret,
  };
}

const earlyDataType = extensionTable.earlyData.type;
const nothingMore: FirstFlight = { psks: [], earlyData: false };

/** §4.2.2, and what may leave before the server has answered (§2.3). */
async function sendFirstHello(
  channel: HandshakeChannel,
  parameters: ClientParameters,
  watch: WatchVerification | undefined,
  secrets: Wipeable[],
): Promise<Offer> {
  const { resumption, externalPsks } = parameters;
  const part =
    resumption === undefined && externalPsks.length === 0 ? undefined : await channel.during(seldom);
  const beyond = part === undefined ? nothingMore : await part.makeFirstFlight(channel, parameters, watch);
  for (const { stage } of beyond.psks) secrets.push(stage);
  const made = await channel.during(() => parameters.hello(parameters, undefined, beyond));
  const offer = readOffer(made);
  secrets.push(...wipeableShares(offer));
  channel.send(offer.message);
  if (offer.extensionTypes.has(earlyDataType)) {
    const { startEarlyData } = part ?? (await channel.during(seldom));
    startEarlyData(channel, parameters, offer, secrets);
  }
  return offer;
}

function authenticationBy({ psk }: OfferedPsk): ServerAuthentication {
  return psk.kind === "resumption" ? psk : { kind: psk.kind, identity: psk.identity };
}

/**
 * RFC 9846 §4.4.2, §F.1: who knows an external PSK, or what came of it, asks for no certificate. Others may have the key, and
 * whom the client's signature is meant for is nowhere in what it signs.
 */
function mayAskLater(server: ServerAuthentication): boolean {
  return (
    server.kind === "certificate" ||
    (server.kind === "resumption" && server.session.certificate !== undefined)
  );
}

/** RFC 9846 §4.3.10, §4.3.11: only with the first PSK, and as the session was. */
function checkEarlyData(
  chosen: { readonly index: number; readonly offered: OfferedPsk } | undefined,
  suite: CipherSuite,
  alpn: string | undefined,
): void {
  // §4.3.11/7
  if (chosen === undefined || chosen.index !== 0) {
    throw peerError("early_data_not_first_psk", chosen === undefined ? "none was chosen" : `${chosen.index}`);
  }
  const { psk } = chosen.offered;
  if (psk.kind !== "resumption") return;
  const { session } = psk;
  if (suite.name !== session.cipherSuite || alpn !== session.alpn) {
    throw peerError("early_data_other_parameters", {
      expected: `${session.cipherSuite}, ${session.alpn ?? "no protocol"}`,
      got: `${suite.name}, ${alpn ?? "no protocol"}`,
    });
  }
}

interface Wipeable {
  wipe(): void;
}

function wipeable({ secret }: { readonly secret: Bytes }): Wipeable {
  return { wipe: () => void secret.fill(0) };
}

function wipeableShares({ shares }: Offer): readonly Wipeable[] {
  return [...shares.values()].map((share) => ({ wipe: () => share.wipe?.() }));
}

function addTo(transcript: Transcript, message: EncodedMessage): EncodedMessage {
  transcript.add(message.bytes);
  return message;
}

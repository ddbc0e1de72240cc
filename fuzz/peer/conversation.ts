import { honest } from "../../lab/honest.ts";
import type { LabOptions } from "../../lab/options.ts";
import { alert, data, end, keyUpdate, type Script, type Step } from "../../lab/script.ts";
import { webCryptoSigner } from "../../lab/signer.ts";
import { tappedProvider } from "../../lab/tapped.ts";
import type { ClientOptions } from "../../src/connection/options.ts";
import { parsePublicKey } from "../../src/crypto/parsePublicKey.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { handshakeSchemesFor } from "../../src/crypto/signatureSchemes.ts";
import { encodeMessage, type MessageName, messageName } from "../../src/messages/handshake.ts";
import type { Session } from "../../src/session/session.ts";
import { createServerVerifier } from "../../src/trust/serverVerifier.ts";
import { type Bytes, fromAscii, toHex, toLatin1 } from "../../src/wire/bytes.ts";
import type { TlsError } from "../../src/wire/error.ts";
import type { Harness } from "../../test/cases/case.ts";
import { identityOf } from "../../test/cases/clientIdentities.ts";
import { type Meeting, meet, serverName } from "../../test/cases/meeting.ts";
import { type Acquaintance, acquaintance, visit } from "../../test/cases/returning.ts";
import { makeChain } from "../../test/certificates.ts";
import { harnessWith } from "../../test/handshake/harness.ts";
import { Activity } from "../activity.ts";

/** How a connection went, as far as anybody can tell from outside. */
export interface Outcome {
  /** Undefined where it came to a clean end. */
  readonly error: TlsError | undefined;
  /** Whether it came to an end at all, once the server's stream had. */
  readonly closed: boolean;
  /** What it was, field by field: to be compared with another. */
  readonly facts: Readonly<Record<string, string>>;
  /** Why the server, who checks all that the client says, did not agree. */
  readonly failure: unknown;
}

/** A step that is a message, with the bytes that it had in an honest conversation. */
export interface Spoken {
  /** Its place in the script. */
  readonly at: number;
  readonly name: MessageName;
  readonly bytes: Bytes;
  /** Whether both sides sign it in the end. */
  readonly inTranscript: boolean;
}

/** An honest conversation that can be had again, with one thing or another bent. */
export interface Conversation {
  readonly name: string;
  readonly messages: readonly Spoken[];
  readonly honest: Outcome;
  have(bend?: (script: Script) => Script): Promise<Outcome>;
}

const request = fromAscii("GET / HTTP/1.1\r\n\r\n");
const replies = [fromAscii("the first half, "), fromAscii("and the second")];

interface Topic {
  readonly name: string;
  readonly client: Partial<ClientOptions>;
  readonly server: Partial<LabOptions>;
  /** What the client brings from an earlier visit. */
  readonly brings?: "session" | "early data";
}

const cookie = new Uint8Array([0xc0, 0x0c, 0x1e]);

const topics: readonly Topic[] = [
  {
    name: "full handshake",
    client: { postHandshakeAuthentication: true },
    server: {
      retry: { group: "secp256r1", cookie },
      requestCertificate: true,
      ocspResponse: fromAscii("an OCSP response"),
      signedCertificateTimestamps: [fromAscii("a timestamp")],
    },
  },
  { name: "resumption", client: {}, server: {}, brings: "session" },
  {
    name: "early data",
    client: { earlyData: request },
    server: { earlyData: "accept" },
    brings: "early data",
  },
];

/** All conversations, with this provider for the client. */
export async function conversations(provider: CryptoProvider): Promise<readonly Conversation[]> {
  return Promise.all(topics.map((topic) => conversationOn(topic, provider)));
}

async function conversationOn(topic: Topic, provider: CryptoProvider): Promise<Conversation> {
  const activity = new Activity();
  const plain = harnessWith(provider);
  // Its signatures are always of one length, so that every field has its place.
  const { sent, leafKey, rootDer } = makeChain({ keyType: "Ed25519", names: [serverName] });
  const sign = webCryptoSigner(leafKey.pkcs8);
  const credentials = {
    certificates: sent,
    schemes: handshakeSchemesFor(parsePublicKey(leafKey.spki)),
    sign: (...given: Parameters<typeof sign>) => activity.tap("sign", () => sign(...given)),
  };
  const now = Date.now();
  const harness: Harness = {
    ...plain,
    provider: { ...tappedProvider(provider, activity.tap), now: () => now },
    labProvider: { ...tappedProvider(plain.labProvider, activity.tap), now: () => now },
    credentials: async () => credentials,
  };
  const known = acquaintance(harness);
  known.clock.time = now;
  const client = {
    ...topic.client,
    alpn: ["h2", "http/1.1"],
    verifier: createServerVerifier({ roots: [rootDer] }),
    identity: await identityOf(harness, "Ed25519"),
  };
  const server = { ...topic.server, alpn: "h2", answerClose: false };
  const session = topic.brings && (await sessionFor(known, topic.brings, client, server));
  const have = (bend: (script: Script) => Script = (script) => script): Promise<Outcome> =>
    talk(known, session, { client, server }, (script) => bend(script), activity);

  const messages: Spoken[] = [];
  const outcome = await have((script) => script.map((step, at) => noting(step, at, messages)));
  if (outcome.error !== undefined) throw outcome.error;
  if (outcome.failure !== undefined) throw outcome.failure;
  return { name: topic.name, messages, honest: outcome, have };
}

async function sessionFor(
  known: Acquaintance,
  brings: "session" | "early data",
  client: Partial<ClientOptions>,
  { alpn }: Partial<LabOptions>,
): Promise<Session> {
  const early = brings === "early data" ? { ticket: { maxEarlyDataSize: 2 ** 14 } } : {};
  const { earlyData: _, ...first } = client;
  await visit(known, { client: first, server: { ...(alpn && { alpn }), tickets: 1, ...early } });
  return known.sessions.held[0] as Session;
}

const ticket: Step = {
  name: "NewSessionTicket",
  kind: "message",
  transcript: false,
  make: async (context) => encodeMessage("NewSessionTicket", await honest.NewSessionTicket(context)).bytes,
};

const question: Step = {
  name: "CertificateRequest",
  kind: "message",
  transcript: false,
  make: async (context) =>
    encodeMessage("CertificateRequest", await honest.CertificateRequest(context)).bytes,
};

/** What the server says once the handshake is done. */
function afterwards(asks: boolean): Script {
  return [
    ticket,
    ...keyUpdate(1),
    data(replies[0] as Bytes),
    ...(asks ? [question] : []),
    ...keyUpdate(0),
    data(replies[1] as Bytes),
    alert("close_notify"),
    end,
  ];
}

async function talk(
  { harness, ticketStore }: Acquaintance,
  session: Session | undefined,
  { client, server }: Pick<Topic, "client" | "server">,
  bend: (script: Script) => Script,
  activity: Activity,
): Promise<Outcome> {
  const meeting = await meet(harness, {
    client: {
      ...client,
      ...(session && { sessions: { shared: false, put: () => {}, take: () => session } }),
    },
    server: { ...server, ticketStore, ticketAgeTolerance: 1000 },
    bends: {
      script: (script) => bend([...script, ...afterwards(client.postHandshakeAuthentication === true)]),
    },
    settings: { trace: undefined },
  });
  const { connection, client: face, transports } = meeting;
  face.opening.then(
    () => connection.write(request, () => {}),
    () => {},
  );
  void face.ending.then(() => connection.end());
  await activity.settled();
  // Where both wait for each other, the server goes away.
  if (!face.told.includes("closed")) transports[1].end();
  await activity.settled();
  return outcomeOf(meeting);
}

function outcomeOf({ client, lab }: Meeting): Outcome {
  const { handshake, error, told, content } = client;
  const facts: Record<string, string> = { told: [...new Set(told)].join(), content: toLatin1(content) };
  if (handshake !== undefined) {
    const { server } = handshake;
    facts["suite"] = handshake.suite.name;
    facts["group"] = handshake.group;
    facts["alpn"] = `${handshake.alpn}`;
    facts["retried"] = `${handshake.retried}`;
    facts["serverName"] = `${handshake.serverNameAcknowledged}`;
    facts["asked"] = `${handshake.certificateRequested}`;
    facts["shown"] = `${handshake.clientIdentity !== undefined}`;
    facts["earlyData"] = `${handshake.earlyData}`;
    facts["server"] = server.kind;
    if (server.kind === "certificate") {
      facts["path"] = server.identity.path.map(toHex).join();
      facts["scheme"] = server.signatureScheme;
    }
    facts["heard"] = toLatin1(lab.seen.data) + toLatin1(lab.seen.earlyData);
  }
  return { error, closed: told.includes("closed"), facts, failure: lab.failure };
}

function noting(step: Step, at: number, messages: Spoken[]): Step {
  if (step.kind !== "message") return step;
  return {
    ...step,
    make: async (context) => {
      const bytes = await step.make(context);
      messages.push({ at, name: messageName(bytes), bytes, inTranscript: step.transcript });
      return bytes;
    },
  };
}

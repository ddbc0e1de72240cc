import type { ClientOptions } from "../../src/connection/options.ts";
import { type Bytes, fromAscii, fromHex } from "../../src/wire/bytes.ts";
import type { LabOptions } from "../options.ts";
import { clientIdentity } from "./certificates.ts";

/** What one of the two does once the connection is open; each waits until all that came before has been heard. */
export type Act =
  | { readonly by: "client" | "server"; readonly kind: "say"; readonly text: string }
  /** RFC 9846 §4.7.3: the server moves its sending keys on, and may ask the client to do the same. */
  | { readonly by: "server"; readonly kind: "update keys"; readonly request: boolean }
  | { readonly by: "client"; readonly kind: "update keys" }
  | { readonly by: "client" | "server"; readonly kind: "close" };

type ClientSettings = Partial<Pick<ClientOptions, "groups" | "keyShares" | "identity" | "psks">> & {
  readonly earlyData?: Bytes;
};
type ServerSettings = Partial<
  Omit<LabOptions, "provider" | "credentials" | "ticketStore" | "bends" | "first">
>;

/** A way that a connection can go: with the changes, all that a run depends on. */
export interface Scenario {
  readonly id: ScenarioId;
  readonly title: string;
  /** What is to be seen, in one sentence. */
  readonly summary: string;
  readonly client: ClientSettings;
  readonly server: ServerSettings;
  /** A connection that went before, which is not shown: the client keeps its session, the server its ticket. */
  readonly before: ServerSettings | undefined;
  readonly acts: readonly Act[];
}

export const scenarioIds = [
  "full",
  "hrr",
  "client-cert",
  "resumption",
  "0rtt",
  "0rtt-rejected",
  "psk",
  "mlkem",
  "keyupdate",
  "closing",
] as const;

export type ScenarioId = (typeof scenarioIds)[number];

/** The name that the page's client asks for. */
export const labName = "lab.example";

const request: Act = { by: "client", kind: "say", text: "GET / HTTP/1.1\r\nHost: lab.example\r\n\r\n" };
const response: Act = {
  by: "server",
  kind: "say",
  text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
};
const exchange: readonly Act[] = [request, response];

const early: Bytes = fromAscii("GET /early HTTP/1.1\r\nHost: lab.example\r\n\r\n");
const ticketForEarlyData: ServerSettings = { tickets: 1, ticket: { maxEarlyDataSize: 16_384 } };

const psk = {
  identity: fromAscii("sensor-17"),
  key: fromHex("5f1d2c0ab7e84b6f9c3d18a2e07546b93c8fd1270ea4956b2d7f60c1835e9ab4"),
};

const given = { client: {}, server: {}, before: undefined, acts: exchange };

export const scenarios: Readonly<Record<ScenarioId, Scenario>> = {
  full: {
    ...given,
    id: "full",
    title: "Full handshake",
    summary:
      "One round trip: keys are agreed upon in the first two messages, and all that follows is encrypted, the certificate too.",
    server: { tickets: 1 },
  },
  hrr: {
    ...given,
    id: "hrr",
    title: "HelloRetryRequest",
    summary:
      "The server wants a share in another group, so that the client says hello twice, and a hash stands for the first hello.",
    server: { groups: ["secp256r1"], retry: { group: "secp256r1", cookie: fromHex("c0") } },
  },
  "client-cert": {
    ...given,
    id: "client-cert",
    title: "Client certificate",
    summary: "The server asks who the client is, and the client signs the transcript with a key of its own.",
    client: { identity: clientIdentity() },
    server: { requestCertificate: true },
  },
  resumption: {
    ...given,
    id: "resumption",
    title: "Resumption",
    summary:
      "A ticket of an earlier connection stands for the server's certificate: nobody signs, and a new exchange of keys goes along.",
    server: { tickets: 1 },
    before: { tickets: 1 },
  },
  "0rtt": {
    ...given,
    id: "0rtt",
    title: "0-RTT accepted",
    summary:
      "The client's first flight carries a request already, under keys of the ticket alone: whoever records it can send it again.",
    client: { earlyData: early },
    server: { earlyData: "accept" },
    before: ticketForEarlyData,
    acts: [response],
  },
  "0rtt-rejected": {
    ...given,
    id: "0rtt-rejected",
    title: "0-RTT rejected",
    summary:
      "The server passes over the early data, which it does not even open; the client gets it back, and has to send it again itself.",
    client: { earlyData: early },
    server: { earlyData: "reject" },
    before: ticketForEarlyData,
  },
  psk: {
    ...given,
    id: "psk",
    title: "External PSK",
    summary:
      "Both sides were given a key beforehand, which proves each to the other: there is no certificate in sight.",
    client: { psks: [psk] },
    server: { psks: [{ ...psk, kind: "external", hash: "SHA-256" }] },
  },
  mlkem: {
    ...given,
    id: "mlkem",
    title: "X25519MLKEM768",
    summary:
      "Two exchanges in one: what is recorded today stays secret as long as either the curve or ML-KEM holds.",
    client: { groups: ["X25519MLKEM768", "x25519"], keyShares: ["X25519MLKEM768", "x25519"] },
    server: { groups: ["X25519MLKEM768"] },
  },
  keyupdate: {
    ...given,
    id: "keyupdate",
    title: "KeyUpdate",
    summary:
      "Either side moves its sending keys on; each new secret comes of the last one, which is forgotten.",
    // What the lab answers by itself stands in no script: it could be neither told of nor changed.
    server: { answerKeyUpdate: false },
    acts: [
      request,
      { by: "server", kind: "update keys", request: true },
      response,
      { by: "client", kind: "update keys" },
      { by: "server", kind: "update keys", request: false },
      request,
      response,
    ],
  },
  closing: {
    ...given,
    id: "closing",
    title: "Closing",
    summary:
      "close_notify is how a side says that nothing is missing; an end without it may be the work of somebody who cuts the line.",
    server: { answerClose: false },
    acts: [
      ...exchange,
      { by: "server", kind: "close" },
      { by: "client", kind: "say", text: "thank you" },
      { by: "client", kind: "close" },
    ],
  },
};

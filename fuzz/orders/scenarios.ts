import type { ExternalPsk } from "../../src/session/externalPsk.ts";
import { fromAscii } from "../../src/wire/bytes.ts";
import type { Wishes } from "../../test/cases/meeting.ts";
import type { Letter } from "./letters.ts";

/** The messages of a server, in an order that RFC 9846 allows. */
type Order = readonly Letter[];

export interface Scenario {
  readonly name: string;
  readonly client: NonNullable<Wishes["client"]>;
  readonly server: NonNullable<Wishes["server"]>;
  /** What the client brings: a session, and early data with it. */
  readonly brings?: "session" | "early data";
  /** Whether the server goes on only once the client's last flight has come. */
  readonly waits: boolean;
  /** All that it tries at every place. */
  readonly alphabet: readonly Letter[];
  /** The orders up to Finished, written down from RFC 9846 figure 1, §2.1, §2.2, §2.3, §4.2.4, §4.4, §4.5 and §A.1. */
  readonly allowed: readonly Order[];
  /** What may follow Finished, in any order and number (§4.7). */
  readonly afterwards: readonly Letter[];
  /** What may stand anywhere behind the first ClientHello and before Finished (§5). */
  readonly anywhere?: readonly Letter[];
  /** No longer orders than that: there are very many. */
  readonly most?: number;
}

const messages: readonly Letter[] = [
  "ClientHello",
  "HelloRetryRequest",
  "ServerHello",
  "EncryptedExtensions",
  "CertificateRequest",
  "Certificate",
  "CertificateVerify",
  "Finished",
  "EndOfEarlyData",
  "NewSessionTicket",
  "KeyUpdate",
  "unknown_type_0",
  "unknown_type_254",
  "application_data",
];

// Figure 1: with a certificate. §4.4.2: a request stands behind EncryptedExtensions. §2.1: one retry at most, in front.
const certificate: readonly Order[] = [
  ["ServerHello", "EncryptedExtensions", "Certificate", "CertificateVerify", "Finished"],
  [
    "ServerHello",
    "EncryptedExtensions",
    "CertificateRequest",
    "Certificate",
    "CertificateVerify",
    "Finished",
  ],
  ["HelloRetryRequest", "ServerHello", "EncryptedExtensions", "Certificate", "CertificateVerify", "Finished"],
  [
    "HelloRetryRequest",
    "ServerHello",
    "EncryptedExtensions",
    "CertificateRequest",
    "Certificate",
    "CertificateVerify",
    "Finished",
  ],
];

// §2.2: with a PSK nobody shows a certificate, and none may be asked for (§4.4.2).
const psk: readonly Order[] = [
  ["ServerHello", "EncryptedExtensions", "Finished"],
  ["HelloRetryRequest", "ServerHello", "EncryptedExtensions", "Finished"],
];

// §4.7.1, §4.7.3
const afterwards: readonly Letter[] = ["NewSessionTicket", "KeyUpdate", "application_data"];

const alice: ExternalPsk = {
  kind: "external",
  identity: fromAscii("alice"),
  key: new Uint8Array(32).fill(5),
  hash: "SHA-256",
};

const bare = { client: {}, server: {}, waits: true, alphabet: messages, afterwards } as const;

export const scenarios: readonly Scenario[] = [
  { ...bare, name: "certificate", allowed: certificate },
  { ...bare, name: "certificate, the server does not wait", waits: false, allowed: certificate },
  {
    ...bare,
    name: "certificate, with ChangeCipherSpec",
    alphabet: [...messages, "change_cipher_spec"],
    allowed: certificate,
    anywhere: ["change_cipher_spec"],
    most: 7,
  },
  // §4.7.2
  {
    ...bare,
    name: "certificate, requests may follow",
    client: { postHandshakeAuthentication: true },
    allowed: certificate,
    afterwards: [...afterwards, "CertificateRequest"],
  },
  { ...bare, name: "resumption", brings: "session", allowed: psk },
  // The session is offered, and the server has no use for it: it has to show a certificate.
  {
    ...bare,
    name: "resumption declined",
    brings: "session",
    server: { selectPsk: "decline" },
    allowed: certificate,
  },
  { ...bare, name: "early data", brings: "early data", server: { earlyData: "accept" }, allowed: psk },
  {
    ...bare,
    name: "early data, the server does not wait",
    brings: "early data",
    server: { earlyData: "accept" },
    waits: false,
    allowed: psk,
  },
  { ...bare, name: "external PSK", client: { psks: [alice] }, server: { psks: [alice] }, allowed: psk },
];

/** Whether RFC 9846 lets a server say this, all of it or as the beginning of more. */
export function isAllowed(
  word: readonly Letter[],
  { allowed, afterwards, anywhere = [] }: Scenario,
): boolean {
  const finished = word.indexOf("Finished");
  const upToFinished = finished < 0 ? word : word.slice(0, finished + 1);
  const order = upToFinished.filter((letter) => !anywhere.includes(letter));
  const rest = finished < 0 ? [] : word.slice(finished + 1);
  return (
    allowed.some((one) => order.every((letter, at) => one[at] === letter)) &&
    rest.every((letter) => afterwards.includes(letter))
  );
}

/** Whether an allowed order stands at its beginning: application data may reach the client's application. */
export function isComplete(word: readonly Letter[], scenario: Scenario): boolean {
  return word.includes("Finished") && isAllowed(word.slice(0, word.indexOf("Finished") + 1), scenario);
}

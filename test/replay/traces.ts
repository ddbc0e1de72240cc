import { type CipherSuite, type CipherSuiteName, cipherSuite } from "../../src/crypto/cipherSuites.ts";
import type { GroupName } from "../../src/crypto/groups.ts";
import { type Bytes, concat, fromAscii, fromHex } from "../../src/wire/bytes.ts";
import recorded from "../vectors/rfc8448.json" with { type: "json" };

/** The secrets of a trace, by the names that RFC 8448 gives them. */
export type SecretName =
  | "sharedSecret"
  | "earlySecret"
  | "clientEarlyTrafficSecret"
  | "earlyExporterMasterSecret"
  | "handshakeSecret"
  | "clientHandshakeTrafficSecret"
  | "serverHandshakeTrafficSecret"
  | "masterSecret"
  | "clientApplicationTrafficSecret"
  | "serverApplicationTrafficSecret"
  | "exporterMasterSecret"
  | "resumptionMasterSecret";

export interface Trace {
  readonly name: string;
  readonly suite: CipherSuite;
  readonly group: GroupName;
  readonly clientRandom: Bytes;
  secret(name: SecretName): Bytes;
  has(field: string): boolean;
  /** A field of the trace: a record or several, a message, a key. */
  bytes(field: string): Bytes;
  /** A field that is text. */
  text(field: string): Bytes;
  /** The handshake messages that stand in the clear in a field of records. */
  plainMessage(field: string): Bytes;
  /** Every handshake message up to the server's Finished, in order, the first hello of a retry as it was sent. */
  readonly serverFlight: readonly Bytes[];
  /** The client's messages from its second flight on. */
  readonly clientFlight: readonly Bytes[];
}

interface Entry {
  readonly name: string;
  readonly cipherSuite: CipherSuiteName;
  readonly group: GroupName;
  readonly clientRandom: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

const entries = recorded.traces as unknown as readonly Entry[];

const serverMessages = [
  "messageEncryptedExtensions",
  "messageCertificateRequest",
  "messageServerCertificate",
  "messageServerCertificateVerify",
  "messageServerFinished",
];
const clientMessages = [
  "messageEndOfEarlyData",
  "messageClientCertificate",
  "messageClientCertificateVerify",
  "messageClientFinished",
];

function trace(entry: Entry): Trace {
  const has = (field: string): boolean => typeof entry[field] === "string";
  const bytes = (field: string): Bytes => {
    const text = entry[field];
    if (typeof text !== "string") throw new Error(`the trace ${entry.name} has no ${field}`);
    return fromHex(text);
  };
  const plainMessage = (field: string): Bytes =>
    concat(
      ...recordsOf(bytes(field))
        .filter((record) => record[0] === 22)
        .map((record) => record.subarray(5)),
    );
  const present = (fields: readonly string[]): Bytes[] => fields.filter(has).map(bytes);
  const hellos = [
    "recordClientHello1",
    "recordHelloRetryRequest",
    "recordClientHello2",
    "recordServerHello",
  ].filter(has);
  return {
    name: entry.name,
    suite: cipherSuite(entry.cipherSuite),
    group: entry.group,
    clientRandom: fromHex(entry.clientRandom),
    secret: (name) => {
      const text = entry.secrets[name];
      if (text === undefined) throw new Error(`the trace ${entry.name} has no ${name}`);
      return fromHex(text);
    },
    has,
    bytes,
    text: (field) => fromAscii(String(entry[field])),
    plainMessage,
    serverFlight: [...hellos.map(plainMessage), ...present(serverMessages)],
    clientFlight: present(clientMessages),
  };
}

/** Cuts a field of whole records. */
export function recordsOf(bytes: Bytes): Bytes[] {
  const records: Bytes[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = start + 5 + ((bytes[start + 3]! << 8) | bytes[start + 4]!);
    records.push(bytes.slice(start, end));
    start = end;
  }
  return records;
}

export const traces: readonly Trace[] = entries.map(trace);

export function traceNamed(name: string): Trace {
  const found = traces.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no trace is named ${name}`);
  return found;
}

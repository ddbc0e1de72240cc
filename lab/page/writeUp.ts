import type { ConnectionInfo } from "../../src/connection/info.ts";
import { type CipherSuite, cipherSuite, cipherSuiteByCode } from "../../src/crypto/cipherSuites.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { TrafficSecret } from "../../src/keyschedule/trafficSecret.ts";
import { decodeMessage, type MessageName } from "../../src/messages/handshake.ts";
import type { EpochName } from "../../src/record/epoch.ts";
import { type Bytes, fromHex } from "../../src/wire/bytes.ts";
import type { TlsError } from "../../src/wire/error.ts";
import type { LabPsk } from "../tickets.ts";
import { type PathQuestion, pathsTried } from "./paths.ts";
import type { Recorder } from "./recorder.ts";
import { type Crossing, type OpenedRecord, openRecords, piecesOf, type SideSecret } from "./records.ts";
import type { Run, RunEnd, RunStep, Side } from "./run.ts";
import { checkedAgainstLog, keySchedule } from "./secrets.ts";

/** What was written down while it happened. */
export type Recorded = Pick<Recorder, "steps" | "places" | "heard" | "taken"> & {
  /** Secrets that the server wrote with; undefined where only the client's key log has them. */
  readonly serverSecrets: readonly SideSecret[] | undefined;
};

/** All that is known of a meeting once it is over. */
export interface Notes {
  readonly title: string;
  readonly provider: CryptoProvider;
  readonly recorder: Recorded;
  readonly crossings: readonly Crossing[];
  readonly keyLog: readonly string[];
  readonly psk: LabPsk | undefined;
  readonly sharedSecret: Bytes | undefined;
  readonly info: ConnectionInfo | undefined;
  readonly error: TlsError | undefined;
  /** Undefined where it is not to be judged once more. */
  readonly judgedBy: Omit<PathQuestion, "chain"> | undefined;
  /** Whether it came to an end by itself. */
  readonly finished: boolean;
}

/** The run that these notes tell of. */
export async function writeUp(notes: Notes): Promise<Run> {
  const { title, provider, recorder, crossings, keyLog, info, judgedBy } = notes;
  const suite = clientSuite(recorder);
  const earlySuite = notes.psk?.kind === "resumption" ? cipherSuite(notes.psk.suite) : suite;
  const suites = { early: earlySuite, handshake: suite, application: suite };
  const logged = (side: Side): readonly SideSecret[] => loggedSecrets(provider, suites, keyLog, side);
  const certificates = certificatesOf(recorder, info);
  const shown = recorder.heard.some(({ name, from }) => name === "Certificate" && from === "server");
  const opened = await openRecords(provider, crossings, {
    client: logged("client"),
    server: recorder.serverSecrets ?? logged("server"),
  });
  return {
    title,

    steps: withPieces(recorder, opened),
    records: opened.map(({ record }) => record),

    secrets: secretsOf(notes, suite),
    end: endOf(notes),
    agreed: info === undefined ? [] : agreed(info),
    certificates,
    ...(shown && judgedBy !== undefined
      ? { paths: await pathsTried(provider, { ...judgedBy, chain: certificates }) }
      : {}),
  };
}

/** The suite that the client goes by: what it read in ServerHello. */
function clientSuite({ heard }: Recorded): CipherSuite | undefined {
  const hello = heard.find(({ name, from }) => name === "ServerHello" && from === "server");
  return hello && cipherSuiteByCode(decodeMessage("ServerHello", hello.bytes).cipherSuite);
}

const logLabels = {
  client: [
    ["CLIENT_EARLY_TRAFFIC_SECRET", "early"],
    ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "handshake"],
    ["CLIENT_TRAFFIC_SECRET_0", "application"],
  ],
  server: [
    ["SERVER_HANDSHAKE_TRAFFIC_SECRET", "handshake"],
    ["SERVER_TRAFFIC_SECRET_0", "application"],
  ],
} as const;

function loggedSecrets(
  provider: CryptoProvider,
  suites: Readonly<Record<EpochName, CipherSuite | undefined>>,
  keyLog: readonly string[],
  side: Side,
): readonly SideSecret[] {
  return logLabels[side].flatMap(([label, epoch]) => {
    const line = keyLog.find((one) => one.startsWith(`${label} `));
    const suite = suites[epoch];
    if (line === undefined || suite === undefined) return [];
    const bytes = fromHex(line.split(" ")[2] as string);
    const secret: TrafficSecret = { suite, hash: provider.hashes[suite.hash], secret: bytes };
    return [{ epoch, generation: 0, secret }];
  });
}

function withPieces({ steps, places }: Recorded, records: readonly OpenedRecord[]): readonly RunStep[] {
  const result = [...steps];
  for (const side of ["client", "server"] as const) {
    for (const { step, spans } of places[side]) {
      const message = result[step] as Extract<RunStep, { kind: "message" }>;
      result[step] = { ...message, pieces: piecesOf(records, side, spans) };
    }
  }
  return result;
}

function secretsOf(
  { provider, recorder, keyLog, psk, sharedSecret }: Notes,
  suite: CipherSuite | undefined,
): Run["secrets"] {
  // A PSK has its hash before there is a suite; the client goes no further with a suite of another one.
  const hash = psk?.hash ?? suite?.hash;
  if (hash === undefined) return [];
  const heard = suite?.hash === hash ? recorder.heard : recorder.heard.slice(0, 1);
  const updates = (side: Side): readonly number[] =>
    recorder.steps.flatMap((step, index) => {
      const direction = side === "client" ? "write" : "read";
      const isUpdate = step.kind === "keys" && step.from === "client" && step.direction === direction;
      return isUpdate && step.keys.generation > 0 ? [index] : [];
    });
  const secrets = keySchedule({
    hash: provider.hashes[hash],
    psk: psk === undefined ? undefined : { kind: psk.kind, key: psk.key },
    sharedSecret,
    heard,
    updates: { client: updates("client"), server: updates("server") },
  });
  return checkedAgainstLog(secrets, keyLog);
}

function endOf(notes: Notes): RunEnd {
  const { error, info, finished, recorder } = notes;
  if (error !== undefined) {
    const { code, message, alert, rules } = error;
    return { kind: "failed", code, message, alert, rules, step: stoppedAt(recorder, error) };
  }
  return finished && info !== undefined ? { kind: "opened" } : { kind: "unfinished" };
}

/**
 * What the client stopped at. It is told by what it took last, and by what it says; for records are read ahead while a message is
 * being looked at.
 */
function stoppedAt({ steps, taken }: Recorded, { code, alert }: TlsError): number {
  const last = steps.findLastIndex(
    (step, at) => at < taken && step.from === "server" && step.kind === "message",
  );
  const next = (...kinds: readonly RunStep["kind"][]): number => {
    const index = steps.findIndex(
      (step, at) => at >= taken && step.from === "server" && kinds.includes(step.kind),
    );
    return index >= 0 ? index : Math.max(last, 0);
  };
  if (alert?.direction === "received") return next("alert");
  if (alert === undefined || code === "timeout") {
    return Math.max(
      steps.findLastIndex((step) => step.from === "server" && sent.includes(step.kind)),
      0,
    );
  }
  const about = refusedBefore.get(code);
  if (about !== undefined) return next(...about);
  const coming = steps[next("message")];
  const cannotBeRead = coming?.kind === "message" && !canBeRead(coming.name, coming.bytes);
  if (unreadable.has(code) && cannotBeRead) return next("message");
  return last >= 0 ? last : next(...sent);
}

const sent: readonly RunStep["kind"][] = ["message", "data", "alert", "change_cipher_spec"];

/** Refusals of what the handshake never gets to see, with what they are of. */
const refusedBefore: ReadonlyMap<string, readonly RunStep["kind"][]> = new Map(
  (
    [
      [["message"], "unexpected_handshake_message unknown_handshake_type handshake_message_too_long"],
      [["message"], "interleaved_handshake_message empty_handshake_record"],
      [["data"], "unexpected_application_data"],
      [["alert"], "empty_alert_record not_one_alert too_many_warnings"],
      [
        ["change_cipher_spec"],
        "bad_change_cipher_spec unexpected_change_cipher_spec too_many_change_cipher_specs",
      ],
      [sent, "unexpected_record_type plaintext_overflow ciphertext_overflow bad_record_mac no_content_type"],
    ] as const
  ).flatMap(([kinds, codes]) => codes.split(" ").map((code) => [code, kinds] as const)),
);

/** Refusals of what can't be read: at which of two messages it was, their bytes say. */
const unreadable: ReadonlySet<string> = new Set([
  "malformed_message",
  "trailing_bytes",
  "duplicate_extension",
]);

function canBeRead(name: MessageName, bytes: Bytes): boolean {
  try {
    decodeMessage(name, bytes);
    return true;
  } catch {
    return false;
  }
}

function agreed(info: ConnectionInfo): Run["agreed"] {
  const { earlyData, identity } = info;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["version", info.version],
    ["cipher suite", info.cipherSuite],
    ["group", info.group],
    ["authentication", info.authentication.replaceAll("_", " ")],
    ["signature scheme", info.signatureScheme],
    ["application protocol", info.alpn],
    ["server name", info.serverName],
    ["vouched for by", identity?.vouchedBy],
    ["retried", info.retried ? "yes" : undefined],
    [
      "client certificate",
      info.certificateRequested ? (info.clientCertificates.length > 0 ? "shown" : "none") : undefined,
    ],
    ["early data", earlyData === undefined ? undefined : earlyData.outcome.replaceAll("_", " ")],
    [
      "early data returned",
      earlyData && earlyData.returned.length > 0 ? `${earlyData.returned.length} bytes` : undefined,
    ],
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value }]));
}

function certificatesOf({ heard, steps }: Recorded, info: ConnectionInfo | undefined): readonly Bytes[] {
  if (info !== undefined) return info.certificates;
  const taken = heard.find(({ name, from }) => name === "Certificate" && from === "server");
  const sentOne = steps.find(
    (step) => step.kind === "message" && step.name === "Certificate" && step.from === "server",
  );
  const bytes = taken?.bytes ?? (sentOne?.kind === "message" ? sentOne.bytes : undefined);
  if (bytes === undefined || !canBeRead("Certificate", bytes)) return [];
  return decodeMessage("Certificate", bytes).certificateList.map(({ certData }) => certData);
}

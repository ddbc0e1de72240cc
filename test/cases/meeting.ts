import { believer } from "../../lab/leafKey.ts";
import { type Chunking, MemoryTransport, whole } from "../../lab/memoryTransport.ts";
import type { Bends, LabOptions } from "../../lab/options.ts";
import { type Packing, RecordWire } from "../../lab/recordWire.ts";
import { data } from "../../lab/script.ts";
import type { SeenUnder } from "../../lab/seen.ts";
import { LabServer } from "../../lab/server.ts";
import type { Connection, ConnectionReceiver, ConnectionSettings } from "../../src/connection/connection.ts";
import type { EarlyDataReport } from "../../src/connection/earlyData.ts";
import type { ClientOptions } from "../../src/connection/options.ts";
import type { TraceEvent } from "../../src/connection/trace.ts";
import type { Transport } from "../../src/connection/transport.ts";
import type { CompletedHandshake, ServerAuthentication } from "../../src/handshake/client/handshake.ts";
import type { ClientParameters } from "../../src/handshake/client/parameters.ts";
import type { AlertName } from "../../src/wire/alerts.ts";
import { type Bytes, concat, copyOf, fromAscii, toLatin1 } from "../../src/wire/bytes.ts";
import type { TlsError, TlsErrorCode } from "../../src/wire/error.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { type Case, type CredentialKind, expect, expectEqual, type Harness, within } from "./case.ts";

/** How a client and the lab's server should meet; without wishes, both are honest. */
export interface Wishes {
  readonly client?: Partial<ClientOptions>;
  /** What the options can't say. */
  readonly parameters?: Partial<ClientParameters>;
  readonly settings?: Partial<ConnectionSettings>;
  readonly server?: Partial<LabOptions>;
  readonly bends?: Bends;
  /** The key of the server's certificate. Default: P-256. */
  readonly key?: CredentialKind;
  readonly packing?: Packing;
  /** How the server's bytes arrive. Default: as they were written. */
  readonly chunking?: Chunking;
  /** What stands between the client and its transport. Default: nothing. */
  readonly between?: (transport: Transport) => Transport;
}

/** The face that a test gives a connection: it keeps all that it is told. */
export class Client implements ConnectionReceiver {
  readonly told: ("opened" | "data" | "ended" | "failed" | "closed")[] = [];
  readonly trace: TraceEvent[] = [];
  readonly opening: Promise<CompletedHandshake>;
  readonly ending: Promise<void>;
  readonly closing: Promise<void>;
  handshake: CompletedHandshake | undefined;
  earlyData: EarlyDataReport | undefined;
  error: TlsError | undefined;
  readonly #chunks: Bytes[] = [];
  #received: (() => void)[] = [];
  #resolveOpening!: (handshake: CompletedHandshake) => void;
  #rejectOpening!: (error: TlsError) => void;
  #resolveEnding!: () => void;
  #resolveClosing!: () => void;

  constructor() {
    this.opening = new Promise((resolve, reject) => {
      this.#resolveOpening = resolve;
      this.#rejectOpening = reject;
    });
    this.opening.catch(() => {});
    this.ending = new Promise((resolve) => {
      this.#resolveEnding = resolve;
    });
    this.closing = new Promise((resolve) => {
      this.#resolveClosing = resolve;
    });
  }

  /** All application data that came, in one piece. */
  get content(): Bytes {
    return concat(...this.#chunks);
  }

  /** Bytes of application data that came. */
  get length(): number {
    return this.#chunks.reduce((sum, { length }) => sum + length, 0);
  }

  /** Resolves once so many bytes of application data have come. */
  async contentOf(length: number): Promise<Bytes> {
    while (this.content.length < length) await new Promise<void>((resolve) => this.#received.push(resolve));
    return this.content;
  }

  opened(handshake: CompletedHandshake, earlyData: EarlyDataReport | undefined): void {
    this.told.push("opened");
    this.earlyData = earlyData;
    this.handshake = handshake;
    this.#resolveOpening(handshake);
  }

  data(bytes: Uint8Array): void {
    this.told.push("data");
    this.#chunks.push(copyOf(bytes));
    const waiting = this.#received;
    this.#received = [];
    for (const resolve of waiting) resolve();
  }

  ended(): void {
    this.told.push("ended");
    this.#resolveEnding();
  }

  failed(error: TlsError): void {
    this.told.push("failed");
    this.error = error;
    this.#rejectOpening(error);
  }

  closed(): void {
    this.told.push("closed");
    this.#resolveClosing();
  }
}

export interface Meeting {
  readonly connection: Connection;
  readonly client: Client;
  readonly lab: LabServer;
  /** The client's end, and the lab's. */
  readonly transports: readonly [MemoryTransport, MemoryTransport];
  /** Lines of the key log. */
  readonly keyLog: readonly string[];
}

/** A handshake whose server showed a certificate. */
export function certified({
  server,
}: CompletedHandshake): Extract<ServerAuthentication, { kind: "certificate" }> {
  expect(server.kind === "certificate", `the server authenticated itself by ${server.kind}`);
  return server;
}

export const serverName = "server.example";

/** Starts a connection to the lab's server over memory. */
export async function meet(harness: Harness, wishes: Wishes = {}): Promise<Meeting> {
  const { library, provider, labProvider } = harness;
  const credentials = await harness.credentials(wishes.key ?? "P-256");
  const transports = MemoryTransport.pair(wishes.chunking ?? harness.chunking ?? whole);
  const wire = new RecordWire(labProvider, transports[1], wishes.packing ?? harness.packing);
  const lab = new LabServer(wire, {
    provider: labProvider,
    credentials,
    ...wishes.server,
    ...(wishes.bends === undefined ? {} : { bends: wishes.bends }),
  });
  const keyLog: string[] = [];
  const options: ClientOptions = {
    serverName,
    verifier: believer,
    keyLog: (line) => void keyLog.push(line),
    ...wishes.client,
  };
  const settings = library.checkOptions(options, provider);
  const client = new Client();
  const connection = new library.Connection(
    wishes.between?.(transports[0]) ?? transports[0],
    {
      ...settings,
      parameters: { ...settings.parameters, ...wishes.parameters },
      handshakeTimeout: wishes.client?.handshakeTimeout === undefined ? 0 : settings.handshakeTimeout,
      trace: options.trace ?? ((event) => void client.trace.push(event)),
      ...wishes.settings,
    },
    client,
  );
  return { connection, client, lab, transports, keyLog };
}

/** Both sides agree that the handshake is done. */
export async function opened(meeting: Meeting): Promise<CompletedHandshake> {
  const { client, lab } = meeting;
  const handshake = await within("the client is open", client.opening);
  const outcome = await within("the server is open", lab.outcome);
  if (lab.failure !== undefined) throw lab.failure;
  expectEqual(outcome, "opened", "what the server saw");
  return handshake;
}

/** Closes from the client's side, and expects nothing to be wrong until the end. */
export async function closeCleanly({ connection, client, lab }: Meeting): Promise<void> {
  connection.end();
  await within("the client is closed", client.closing);
  await within("the server saw the end", lab.done);
  if (lab.failure !== undefined) throw lab.failure;
  if (client.error !== undefined) throw client.error;
  expectEqual(
    lab.seen.alerts.map(({ level, name }) => ({ level, name })),
    [{ level: "warning", name: "close_notify" }],
    "the client's alerts",
  );
}

const greeting = fromAscii("from the client");
const answer = fromAscii("from the server");

/** Application data both ways. */
export async function exchangeData({ connection, client, lab }: Meeting): Promise<void> {
  const seenBefore = lab.seen.data.length;
  connection.write(greeting, () => {});
  await within(
    "the client's data has come",
    lab.seen.until(() => lab.seen.data.length >= seenBefore + greeting.length),
  );
  expectEqual(toLatin1(lab.seen.data.subarray(seenBefore)), toLatin1(greeting), "the client's data");
  const before = client.content.length;
  await lab.perform(data(answer));
  await within("the server's data has come", client.contentOf(before + answer.length));
  expectEqual(toLatin1(client.content.subarray(before)), toLatin1(answer), "the server's data");
}

export interface RefusalRow extends Wishes {
  readonly name: string;
  /** Ids of rules; where the misdeed breaks none, the code of the error. */
  readonly rules: readonly string[];
  readonly code: TlsErrorCode;
  /** The alert that the client sends. */
  readonly alert: AlertName;
  /** The keys that it is sent under. Default: any. */
  readonly under?: SeenUnder["epoch"];
  /** What the error's message says, among other things. */
  readonly says?: RegExp;
  /** Whether the client may have opened the connection by then: the misdeed comes after Finished. Default: no. */
  readonly mayOpen?: boolean;
  /** Looks closer. */
  readonly check?: (meeting: Meeting) => void | Promise<void>;
}

/** A server that the client refuses, with this code and this alert. */
export function refusal(row: RefusalRow): Case {
  const { name, rules, ...wishes } = row;
  return {
    name,
    rules,
    run: async (harness) => {
      const meeting = await meet(harness, wishes);
      await refused(meeting, row);
      await row.check?.(meeting);
    },
  };
}

/** The client fails with this error before it is open, tells the server so with one alert, and closes. */
export async function refused(
  { client, lab }: Meeting,
  {
    code,
    alert,
    under,
    says,
    mayOpen = false,
  }: Pick<RefusalRow, "code" | "alert" | "under" | "says" | "mayOpen">,
): Promise<void> {
  await within(
    `the client fails with ${code}`,
    mayOpen ? client.closing : Promise.race([client.closing, client.opening.catch(() => client.closing)]),
  );
  if (lab.failure !== undefined) throw lab.failure;
  const { error } = client;
  expect(error !== undefined, "the client opened the connection");
  expectEqual(
    `${error.code}: ${error.alert?.direction} ${error.alert?.name}`,
    `${code}: sent ${alert}`,
    error.message,
  );
  expect(says === undefined || says.test(error.message), `the error says: ${error.message}`);
  await within("the server saw the end", lab.done);
  const { alerts, unreadable } = lab.seen;
  expectEqual(unreadable, 0, "records that the server could not open");
  expectEqual(
    alerts.map(({ level, name }) => ({ level, name })),
    [{ level: "fatal", name: alert }],
    "the client's alerts",
  );
  if (under !== undefined) expectEqual(alerts[0]?.epoch, under, "the keys of the alert");
  const told = mayOpen ? client.told.filter((one) => one !== "opened") : client.told;
  expectEqual(told, ["failed", "closed"], "what the client's face was told");
  expectEqual(lab.seen.records.at(-1)?.type, contentTypes.alert, "the type of the last record");
}

export interface SuccessRow extends Wishes {
  readonly name: string;
  readonly rules: readonly string[];
  readonly check?: (meeting: Meeting, handshake: CompletedHandshake) => void | Promise<void>;
}

/** A server that the client takes: a whole connection, with data both ways and a clean end. */
export function success(row: SuccessRow): Case {
  const { name, rules, check, ...wishes } = row;
  return {
    name,
    rules,
    run: async (harness) => {
      const meeting = await meet(harness, wishes);
      const handshake = await opened(meeting);
      await check?.(meeting, handshake);
      await exchangeData(meeting);
      await closeCleanly(meeting);
    },
  };
}

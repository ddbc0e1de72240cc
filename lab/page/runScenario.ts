import { Connection, type ConnectionReceiver } from "../../src/connection/connection.ts";
import { type ConnectionInfo, connectionInfo } from "../../src/connection/info.ts";
import { checkOptions } from "../../src/connection/options.ts";
import { defaultProvider } from "../../src/crypto/provider/web.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { seldom } from "../../src/handshake/client/onDemand.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import type { SessionCache } from "../../src/session/sessionCache.ts";
import { createServerVerifier } from "../../src/trust/serverVerifier.ts";
import { type Bytes, concat, copyOf, fromAscii, noBytes } from "../../src/wire/bytes.ts";
import { localError, type TlsError } from "../../src/wire/error.ts";
import { MemoryTransport } from "../memoryTransport.ts";
import { RecordWire } from "../recordWire.ts";
import { LabServer } from "../server.ts";
import { tappedProvider } from "../tapped.ts";
import { TicketStore } from "../tickets.ts";
import { trustedRoots } from "./certificates.ts";
import { Gate, type Passing } from "./gate.ts";
import { keepingSecret } from "./keptSecret.ts";
import { Pending } from "./pending.ts";
import { Recorder } from "./recorder.ts";
import { type Crossing, RecordCutter } from "./records.ts";
import type { Change, Run } from "./run.ts";
import { type Act, labName, type Scenario, type ScenarioId, scenarios } from "./scenarios.ts";
import { seededProvider } from "./seededProvider.ts";
import { changedServer } from "./serverOptions.ts";
import { writeUp } from "./writeUp.ts";

/** When all this happens, on both clocks: a run is the same on every day, and no certificate of the page grows old. */
const start = Date.UTC(2026, 5, 1, 12);
/** What the client waits for an answer, in milliseconds. Nobody waits in fact: where both sides wait, it has passed. */
const patience = 30_000;
/** A run that is not done by then is shown as far as it came. Milliseconds: a page that nobody looks at has few turns a second. */
const longest = 60_000;

/**
 * Runs a client and the lab's server in memory, with these changes made to what the server sends, and answers with all that
 * happened. The same scenario and changes make the same bytes everywhere; times are those of this machine.
 *
 * @throws ChangeError where a change names a message that the server does not send
 */
export async function runScenario(id: ScenarioId, changes: readonly Change[]): Promise<Run> {
  // What the library loads on demand is there before anything starts: a load is nothing that `pending` knows of.
  await Promise.all([seldom(), import("../../src/trust/steps.ts")]);
  const scenario = scenarios[id];
  const clock = { time: start };
  const known: Known = {
    pending: new Pending(longest),
    now: () => clock.time,
    sessions: createSessionCache({ now: () => clock.time }),
    ticketStore: new TicketStore({ singleUse: true }),
  };
  if (scenario.before !== undefined) {
    const { client, server, before, ...rest } = scenario;
    const earlier = { ...rest, id, client: {}, server: before, before: undefined, acts: [] };
    await new Meeting(earlier, [], known, `${id} before`).happen();
    clock.time += 60_000;
    if (changes.some(({ kind }) => kind === "ticket")) {
      for (const { identity } of known.ticketStore.issued) known.ticketStore.noteAccepted(identity);
    }
  }
  const meeting = new Meeting(scenario, changes, known, id);
  await meeting.happen();
  return meeting.written();
}

/** What lasts from one connection to the next. */
interface Known {
  readonly pending: Pending;
  readonly now: () => number;
  readonly sessions: SessionCache;
  readonly ticketStore: TicketStore;
}

/** The client and the server, from the first hello to the end. */
class Meeting {
  readonly #scenario: Scenario;
  readonly #pending: Pending;
  readonly #now: () => number;
  readonly #recorder: Recorder;
  readonly #gates: readonly [Gate, Gate];
  readonly #server: ReturnType<typeof changedServer>;
  readonly #lab: LabServer;
  readonly #connection: Connection;
  readonly #crossings: Crossing[] = [];
  readonly #keyLog: string[] = [];
  #sharedSecret: Bytes | undefined;
  #info: ConnectionInfo | undefined;
  #error: TlsError | undefined;
  #closed = false;
  #changeError: unknown;
  #cut = false;
  #finished = true;
  #over = false;

  constructor(scenario: Scenario, changes: readonly Change[], known: Known, seed: string) {
    this.#scenario = scenario;
    this.#pending = known.pending;
    this.#now = known.now;
    this.#recorder = new Recorder(scenario.client.earlyData ?? noBytes, () => this.#cut);
    const [clientEnd, serverEnd] = MemoryTransport.pair();
    this.#gates = [
      new Gate(clientEnd, (bytes) => this.#cross("client", { bytes, written: bytes, ends: false })),
      new Gate(
        serverEnd,
        tampering(changes, (passing) => this.#cross("server", passing)),
      ),
    ];
    const [clientGate, serverGate] = this.#gates;
    const provider = this.#provider(`${seed} server`, known);
    this.#server = changedServer(
      scenario,
      changes,
      { provider, ticketStore: known.ticketStore },
      this.#recorder.made,
      (error) => {
        this.#changeError = error;
      },
    );
    const wire = this.#recorder.watch(new RecordWire(provider, serverGate));
    this.#lab = new LabServer(wire, this.#server.options);
    this.#connection = this.#connect(clientGate, this.#provider(`${seed} client`, known), known);
  }

  /** All of it, until nothing more can come. */
  async happen(): Promise<void> {
    await this.#quiet();
    const waits = this.#info === undefined && this.#error === undefined && this.#changeError === undefined;
    if (waits && this.#finished) {
      this.#connection.fail(localError("timeout", `the handshake took longer than ${patience} ms`));
      await this.#quiet();
    }
    for (const [index, act] of this.#scenario.acts.entries()) {
      if (this.#error !== undefined || this.#closed || this.#changeError !== undefined) break;
      this.#perform(act, index);
      await this.#quiet();
    }
    this.#over = true;
    this.#recorder.stop();
    // Whatever is still open lets go of what it has.
    this.#connection.close();
    for (const gate of this.#gates) gate.abort(undefined);
    for (const gate of this.#gates) while (gate.release());
    if (this.#changeError !== undefined) throw this.#changeError;
  }

  written(): Promise<Run> {
    const { context } = this.#lab;
    return writeUp({
      title: this.#scenario.title,
      provider: defaultProvider,
      recorder: this.#recorder,
      crossings: this.#crossings,
      keyLog: this.#keyLog,
      psk: context.hasChosen ? context.choice.psk?.psk : undefined,
      sharedSecret: this.#sharedSecret,
      info: this.#info,
      error: this.#error,
      judgedBy: { roots: trustedRoots, serverName: labName, time: this.#now() },
      finished: this.#finished,
    });
  }

  /**
   * Lets both sides speak in turn until neither has anything to say. Each record is heard to the end before the next one comes:
   * a client that still verifies a certificate while it reads on would go by whichever is done first.
   */
  async #quiet(): Promise<void> {
    const [client, server] = this.#gates;
    do {
      this.#finished = await this.#pending.settled();
    } while (this.#finished && (server.release() || client.release()));
  }

  #perform(act: Act, index: number): void {
    if (act.by === "server") return void this.#lab.perform(...this.#server.act(index)).catch(() => {});
    try {
      if (act.kind === "say") {
        const bytes = fromAscii(act.text);
        this.#recorder.clientSays(bytes);
        this.#connection.write(bytes, () => {});
      } else if (act.kind === "update keys") this.#connection.updateKeys();
      else this.#connection.end();
    } catch (error) {
      this.#connection.fail(error);
    }
  }

  #cross(from: Crossing["from"], passing: Passing): Passing {
    const { bytes, written } = passing;
    if (bytes.length > 0) this.#crossings.push({ from, bytes: copyOf(bytes), written: copyOf(written) });
    if (passing.ends) this.#cut = true;
    return passing;
  }

  #connect(gate: Gate, seeded: CryptoProvider, known: Known): Connection {
    const provider = keepingSecret(seeded, (secret) => {
      this.#sharedSecret = secret;
    });
    const verifier = createServerVerifier({ roots: trustedRoots });
    const settings = checkOptions(
      {
        serverName: labName,
        alpn: ["h2", "http/1.1"],
        cipherSuites: ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
        groups: ["x25519", "secp256r1"],
        shuffleExtensions: false,
        sessions: known.sessions,
        partition: "lab",
        keyLog: (line) => void this.#keyLog.push(line),
        ...this.#scenario.client,
        verifier: (presented) => this.#pending.tap("identify", () => verifier(presented)),
      },
      provider,
    );
    const receiver: ConnectionReceiver = {
      opened: (handshake, early) => {
        this.#info = connectionInfo(handshake, labName, early);
      },
      data: () => {},
      ended: () => {},
      failed: (error) => {
        if (!this.#over) this.#error = error;
      },
      closed: () => {
        this.#closed = true;
        this.#recorder.clientClosed();
      },
    };
    // The page's clock stands still: it is happen() that sees who waits in vain.
    const timeless = { ...settings, handshakeTimeout: 0, trace: this.#recorder.trace };
    return new Connection(gate, timeless, receiver);
  }

  #provider(seed: string, { now }: Known): CryptoProvider {
    return tappedProvider(seededProvider(defaultProvider, seed, now), this.#pending.tap);
  }
}

/** What somebody on the way does to the server's records. */
function tampering(
  changes: readonly Change[],
  then: (passing: Passing) => Passing,
): (bytes: Uint8Array) => Passing {
  const cutter = new RecordCutter();
  const cuts = changes.flatMap((change) => (change.kind === "cut" ? [change.records] : []));
  let count = 0;
  return (bytes) => {
    const whole: Bytes[] = [];
    const written: Bytes[] = [];
    for (const own of cutter.push(bytes)) {
      if (cuts.some((records) => count >= records)) break;
      const record = copyOf(own);
      for (const change of changes) {
        if (change.kind !== "record" || change.record !== count) continue;
        const { offset, bytes } = change;
        record.set(bytes.subarray(0, Math.max(0, record.length - offset)), Math.min(offset, record.length));
      }
      whole.push(record);
      written.push(own);
      count++;
    }
    const ends = cuts.some((records) => count >= records);
    return then({ bytes: concat(...whole), written: concat(...written), ends });
  };
}

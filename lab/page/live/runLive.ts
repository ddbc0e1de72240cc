import { webSocketTransport } from "../../../src/adapters/webSocket.ts";
import type { Connection } from "../../../src/connection/connection.ts";
import type { ConnectionInfo } from "../../../src/connection/info.ts";
import type { Transport } from "../../../src/connection/transport.ts";
import { SharedTransport } from "../../../src/shapes/sharedTransport.ts";
import { startConnection } from "../../../src/startConnection.ts";
import { Dialogue } from "../../../src/starttls/dialogue.ts";
import { starttlsProtocols } from "../../../src/starttls/protocols.ts";
import { fromAscii } from "../../../src/wire/bytes.ts";
import { TlsError } from "../../../src/wire/error.ts";
import type { Run } from "../run.ts";
import { LiveError } from "./liveError.ts";
import { LiveRecorder } from "./liveRecorder.ts";
import { type LiveProtocol, type LiveTarget, type Way, wayTo } from "./liveTarget.ts";
import { writeLive } from "./writeLive.ts";

export interface LiveOptions extends LiveTarget {
  readonly protocol: LiveProtocol;
  /** Milliseconds for all of it. Default: 20,000. */
  readonly timeout?: number;
}

/** How long the server may take to answer the end. Milliseconds. */
const patience = 2_000;
/** Bytes of an answer, after which the rest is not waited for. */
const enough = 64 * 1024;

/** What is said where TLS stands, so that there is an answer to be seen; undefined where the end says all. */
const questions: Readonly<Record<LiveProtocol, ((host: string) => string) | undefined>> = {
  https: (host) => `HEAD / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: tls13-lab\r\nConnection: close\r\n\r\n`,
  smtp: () => "QUIT\r\n",
  imap: () => "t0 LOGOUT\r\n",
  postgresql: undefined,
};

/**
 * Connects through the relay to a real server, says something harmless, ends, and answers with all that happened. A connection
 * that fails once the server has answered is a run that shows why.
 * @throws LiveError, StarttlsError or TlsError for one whose server said nothing in TLS
 */
export async function runLive(options: LiveOptions, signal?: AbortSignal): Promise<Run> {
  const way = await wayTo(options);
  const timeout = options.timeout ?? 20_000;
  const over = new AbortController();
  const abort = (): void => over.abort(new LiveError("aborted", "the connection was called off"));
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(
    () => over.abort(new LiveError("timeout", `it took longer than ${timeout} ms`)),
    timeout,
  );
  const recorder = new LiveRecorder();
  let below: Transport | undefined;
  try {
    over.signal.throwIfAborted();
    below = recorder.tap(webSocketTransport(new WebSocket(way.url)));
    const wire = new SharedTransport(below, () => {});
    await askForTls(options.protocol, wire, over.signal);
    const { info, error } = await converse(wire, way, options.protocol, recorder, over.signal);
    if (!recorder.heardServer && error !== undefined) throw error;
    return await writeLive(recorder, { title: `${options.target}, ${options.protocol}`, way, info, error });
  } catch (error) {
    below?.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** What is said in clear text before TLS, where the protocol begins so. */
async function askForTls(protocol: LiveProtocol, wire: SharedTransport, signal: AbortSignal): Promise<void> {
  if (protocol === "https") return;
  const dialogue = new Dialogue(wire, () => {}, signal);
  wire.start(dialogue);
  await starttlsProtocols[protocol === "postgresql" ? "postgres" : protocol].agree(dialogue);
  // What has come already is read before our hello could have asked for it.
  await new Promise((resolve) => setTimeout(resolve, 0));
  dialogue.finish();
}

interface Outcome {
  readonly info: ConnectionInfo | undefined;
  readonly error: TlsError | undefined;
}

/** One connection to its end; it can only be late, and then it is cut off. */
function converse(
  wire: SharedTransport,
  way: Way,
  protocol: LiveProtocol,
  recorder: LiveRecorder,
  signal: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let info: ConnectionInfo | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let received = 0;
    let said = false;
    const done = (error?: TlsError): void => {
      clearTimeout(timer);
      resolve({ info, error });
    };
    const end = (): void => {
      if (timer !== undefined) return;
      said = true;
      connection.end();
      timer = setTimeout(() => {
        connection.close();
        done();
      }, patience);
    };
    let connection: Connection;
    try {
      connection = startConnection(
        wire,
        {
          serverName: way.serverName,
          trust: { roots: way.roots },
          alpn: protocol === "https" ? ["http/1.1"] : [],
          signal,
          ...recorder.options,
        },
        {
          opened: (opened) => {
            info = opened;
            const question = questions[protocol]?.(way.host);
            if (question === undefined) end();
            else connection.write(fromAscii(question), () => {});
          },
          data: (bytes) => {
            received += bytes.length;
            if (received > enough) end();
          },
          ended: () => end(),
          failed: (error) => {
            // Who has said nothing, or all, has no use for the rest: many servers go without close_notify then.
            const isMissed = !(said && error.code === "truncated");
            done(isMissed ? failureOf(error, signal) : undefined);
          },
          closed: () => {
            recorder.closed();
            done();
          },
        },
        way.port,
      );
    } catch (error) {
      reject(error);
    }
  });
}

/** Called off, or late: the signal knows which, and the connection says no more than that it was told. */
function failureOf(error: TlsError, signal: AbortSignal): TlsError {
  if (error.code !== "aborted" || !(signal.reason instanceof LiveError)) return error;
  const { code, message } = signal.reason;
  return new TlsError(code === "timeout" ? "timeout" : "aborted", message, { cause: error });
}

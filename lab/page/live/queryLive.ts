import { webSocketTransport } from "../../../src/adapters/webSocket.ts";
import { createSocket } from "../../../src/shapes/socketLike.ts";
import { TlsError } from "../../../src/wire/error.ts";
import type { Run } from "../run.ts";
import { LiveError } from "./liveError.ts";
import { LiveRecorder } from "./liveRecorder.ts";
import { type LiveTarget, wayTo } from "./liveTarget.ts";
import { loadPg } from "./loadPg.ts";
import { writeLive } from "./writeLive.ts";

export interface Query extends LiveTarget {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sql: string;
  /** Milliseconds for all of it. Default: 20,000. */
  readonly timeout?: number;
}

/** What the database answered, and the connection that carried it. */
export interface QueryAnswer {
  /** How the user was believed: `SCRAM-SHA-256-PLUS` is bound to this very connection (RFC 5929 §4). */
  readonly mechanism: string | undefined;
  /** Undefined where the query came to nothing. */
  readonly table: QueryTable | undefined;
  /** Why it came to nothing. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  /** Undefined where the server said nothing in TLS. */
  readonly run: Run | undefined;
}

export interface QueryTable {
  readonly columns: readonly string[];
  /** Values in PostgreSQL's own text form. */
  readonly rows: readonly (readonly (string | null)[])[];
}

/**
 * Asks a PostgreSQL server something from a page, by the program pg over tls13/socket over a WebSocket: the relay sees ciphertext.
 * @throws LiveError `invalid_target`
 */
export async function queryLive(query: Query, signal?: AbortSignal): Promise<QueryAnswer> {
  const way = await wayTo(query);
  const { Client } = await loadPg();
  const recorder = new LiveRecorder();
  const over = new AbortController();
  const timeout = query.timeout ?? 20_000;
  const timer = setTimeout(
    () => over.abort(new LiveError("timeout", `it took longer than ${timeout} ms`)),
    timeout,
  );
  const abort = (): void => over.abort(new LiveError("aborted", "the query was called off"));
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort, { once: true });

  const socket = createSocket({
    open: () => recorder.tap(webSocketTransport(new WebSocket(way.url))),
    trust: { roots: way.roots },
    signal: over.signal,
    ...recorder.options,
  });
  let error: TlsError | undefined;
  socket.on("error", (one) => {
    if (one instanceof TlsError) error = one;
  });
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const client = new Client({
    // Where it leads the WebSocket knows: this is the name that the certificate must be for.
    host: way.serverName,
    port: way.port,
    user: query.user,
    password: query.password,
    database: query.database,
    ssl: true,
    enableChannelBinding: true,
    stream: () => socket,
    // As it came: it is shown, and not reckoned with.
    types: { getTypeParser: () => (text: string) => text },
  });
  // What it is told again once it has failed.
  client.on("error", () => {});
  let mechanism: string | undefined;
  client.connection.on("authenticationSASLContinue", () => {
    mechanism = client.saslSession?.mechanism;
  });
  let table: QueryTable | undefined;
  let failure: QueryAnswer["failure"];
  try {
    await client.connect();
    const results = await client.query({ text: query.sql, rowMode: "array" });
    const last = [results].flat().at(-1);
    table = { columns: last?.fields.map(({ name }) => name) ?? [], rows: last?.rows ?? [] };
    await Promise.race([client.end(), closed]);
  } catch (cause) {
    failure = failureOf(over.signal.reason ?? cause);
    socket.destroy();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
  await closed;
  recorder.closed();
  const title = `${query.target}, PostgreSQL`;
  const run = recorder.heardServer
    ? await writeLive(recorder, { title, way, info: socket.info, error })
    : undefined;
  return { mechanism, table, failure, run };
}

function failureOf(cause: unknown): NonNullable<QueryAnswer["failure"]> {
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  if (cause instanceof TlsError || cause instanceof LiveError)
    return { code: cause.code, message: cause.message };
  // PostgreSQL's codes are SQLSTATEs, such as 28P01 for a wrong password.
  return { code: typeof code === "string" ? code : "postgresql_error", message: String(message ?? cause) };
}

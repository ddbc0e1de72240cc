import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import type { ConnectionInfo } from "../connection/info.ts";
import type { TraceEvent } from "../connection/trace.ts";
import { type ConnectOptions, connect } from "../node/connect.ts";
import type { TlsSocket } from "../node/tlsSocket.ts";
import type { StarttlsProtocol } from "../starttls/protocols.ts";
import { StarttlsError } from "../starttls/starttlsError.ts";
import { localError, TlsError } from "../wire/error.ts";
import type { ConnectCommand } from "./connectArguments.ts";
import {
  type ExplainingVerifier,
  identityFor,
  type KeyLogFile,
  type Offer,
  offerOptions,
  openKeyLog,
  verifierFor,
} from "./connectOptions.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "./exitCodes.ts";
import { hintFor } from "./hints.ts";
import type { Io } from "./io.ts";
import { jsonReporter } from "./report/json.ts";
import type { Failure, Reporter, Times } from "./report/reporter.ts";
import { styleFor } from "./report/style.ts";
import { hostPort, textReporter } from "./report/text.ts";
import { inputFor, type SessionOptions, sessionOptions } from "./sessionOptions.ts";
import { startTls } from "./startTls.ts";
import { UsageError } from "./usageError.ts";

/** `tls13 connect`: connections between standard input and output, and a report. @throws UsageError */
export async function connectCommand(command: ConnectCommand, io: Io): Promise<ExitCode> {
  const verifier = verifierFor(command);
  const offer = offerOptions(command, verifier);
  const identity = identityFor(command);
  const write = (text: string): void => {
    io.stderr.write(text);
  };
  const reporter = command.json
    ? jsonReporter(write)
    : textReporter(write, styleFor(io.stderr, io.env), command.trace);
  const keyLog = keyLogFor(command, io, reporter);
  try {
    const logged = keyLog === undefined ? {} : { keyLog: keyLog.log };
    const sessions = sessionOptions(command, (why) => reporter.warning(0, why));
    const { earlyData, stdin } = await inputFor(command, io.stdin);
    const early = earlyData === undefined ? {} : { earlyData };
    const options = { ...offer, ...logged, ...sessions, ...early, verifier, identity };
    let code: ExitCode = exitCodes.ok;
    for (let connection = 1; code === exitCodes.ok && connection <= 1 + command.reconnect; connection++) {
      code = await converse(command, options, reporter, { stdin: stdin(), stdout: io.stdout }, connection);
    }
    return code;
  } finally {
    keyLog?.close();
  }
}

/** One connection, and what it carries; the reporter hears of all, of failures too. */
export async function converse(
  command: ConnectCommand,
  options: Offer &
    SessionOptions &
    Pick<ConnectOptions, "keyLog" | "identity" | "earlyData"> & { readonly verifier: ExplainingVerifier },
  reporter: Reporter,
  { stdin, stdout }: Pick<Io, "stdin" | "stdout">,
  connection = 1,
): Promise<ExitCode> {
  const attempt = new Attempt(command, reporter, connection);
  const { alpn, ...others } = options;
  try {
    const socket = await attempt.open({
      ...others,
      ...(alpn === undefined ? {} : { ALPNProtocols: alpn }),
      servername: command.servername ?? command.host,
      trace: attempt.trace,
      // Standard input decides when our side ends, not the server.
      allowHalfOpen: true,
    });
    return await attempt.carry(socket, stdin, stdout);
  } catch (error) {
    return await attempt.failed(error, options.verifier);
  } finally {
    stdin.destroy();
  }
}

function keyLogFor({ keyLogFile }: ConnectCommand, { env }: Io, reporter: Reporter): KeyLogFile | undefined {
  if (keyLogFile !== undefined) return openKeyLog("--keylog", keyLogFile);
  const fromEnvironment = env["SSLKEYLOGFILE"];
  if (!fromEnvironment) return undefined;
  try {
    return openKeyLog("SSLKEYLOGFILE", fromEnvironment);
  } catch (error) {
    // A variable that stands for all programs stops none of them.
    if (!(error instanceof UsageError)) throw error;
    reporter.warning(0, error.message);
    return undefined;
  }
}

/** One connection from the first packet to the last, as its reporter hears of it. */
class Attempt {
  readonly #command: ConnectCommand;
  readonly #reporter: Reporter;
  readonly #connection: number;
  readonly #started = performance.now();
  /** Steps that were taken before TCP stood: nothing had left this machine yet. */
  #held: TraceEvent[] | undefined = [];
  #ticketCame = false;
  #onTicket = (): void => {};
  #peer = "";
  readonly #times: { -readonly [K in keyof Times]: Times[K] } = {
    tcp: 0,
    starttls: undefined,
    hello: 0,
    retry: undefined,
    server: 0,
    verified: 0,
    finished: 0,
  };

  constructor(command: ConnectCommand, reporter: Reporter, connection: number) {
    this.#command = command;
    this.#reporter = reporter;
    this.#connection = connection;
  }

  readonly trace = (event: TraceEvent): void => {
    if (this.#held !== undefined) this.#held.push(event);
    else this.#step(event);
  };

  /** A TLS socket whose server is trusted. */
  async open(options: ConnectOptions): Promise<TlsSocket> {
    const { host, port, timeout, starttls } = this.#command;
    if (starttls === undefined) {
      const socket = connect({ ...options, host, port, handshakeTimeout: timeout });
      socket.once("connect", () => this.#tcpStands(socket));
      return this.#secure(socket);
    }
    const deadline = timeout === 0 ? Number.POSITIVE_INFINITY : this.#started + timeout;
    const clear = await this.#openClear(starttls, deadline);
    // 0 would be no limit.
    const left = timeout === 0 ? 0 : Math.max(1, Math.ceil(deadline - performance.now()));
    return this.#secure(connect({ ...options, socket: clear, handshakeTimeout: left }));
  }

  /** Standard input to the server, the server to standard output, until the server ends, or nobody listens. */
  async carry(socket: TlsSocket, stdin: Readable, stdout: Writable): Promise<ExitCode> {
    let [sent, received] = [socket.info?.earlyData?.outcome === "accepted", false];
    stdin.once("data", () => {
      sent = true;
    });
    socket.once("data", () => {
      received = true;
    });
    const done = new Promise<void>((resolve, reject) => {
      const failed = (error: Error): void => {
        // Many servers go without a word when nobody asks them anything. Where nothing was said there is nothing to cut off.
        const silent = stdin.readableEnded && !sent && !received;
        if (silent && error instanceof TlsError && error.code === "truncated") resolve();
        else reject(error);
      };
      if (socket.errored) failed(socket.errored);
      socket.once("error", failed);
      // A pipe whose reader has left, such as `| head`: there is nobody left to work for.
      stdout.on("error", () => resolve());
      socket.once("end", () => {
        // All has come that will: what happens to bytes that the server no longer wants is no failure.
        socket.off("error", failed);
        stdout.write("", () => resolve());
      });
    });
    socket.pipe(stdout, { end: false });
    stdin.pipe(socket, { end: false });
    stdin.once("error", () => socket.end());
    let stopListening = (): void => {};
    stdin.once("end", () => {
      const { sessionFile, reconnect } = this.#command;
      const wantsTicket = (sessionFile !== undefined || reconnect > 0) && !this.#ticketCame;
      if (sent || wantsTicket) stopListening = endOnceSilent(socket);
      else socket.end();
      // Some servers (nginx) give none to a client that is gone already.
      if (!sent && wantsTicket) this.#onTicket = () => socket.end();
    });
    try {
      await done;
    } finally {
      stopListening();
      stdin.unpipe(socket);
      socket.unpipe(stdout);
    }
    if (!socket.destroyed) {
      socket.destroy();
      await once(socket, "close");
    }
    this.#reporter.closed(this.#now());
    return exitCodes.ok;
  }

  async failed(error: unknown, verifier: ExplainingVerifier): Promise<ExitCode> {
    const failure = await this.#failure(error, verifier);
    this.#reporter.failed(this.#now(), failure);
    return failure.exitCode;
  }

  async #openClear(protocol: StarttlsProtocol, deadline: number): Promise<Socket> {
    const { host, port, timeout } = this.#command;
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new StarttlsError("timeout", `TLS was not reached within ${timeout} ms`)),
      Number.isFinite(deadline) ? deadline - performance.now() : 2 ** 31 - 1,
    );
    const clear = createConnection({ host, port, autoSelectFamily: true, signal: late.signal });
    try {
      await once(clear, "connect").catch((error: Error) => {
        const why = late.signal.aborted ? `it took longer than ${timeout} ms` : error.message;
        throw localError("connect_failed", `no connection to ${hostPort({ host, port })}: ${why}`, error);
      });
      clear.setNoDelay(true);
      this.#tcpStands(clear);
      const watch = (direction: "in" | "out", line: string) =>
        this.#reporter.starttls(this.#now(), direction, line);
      await startTls(protocol, clear, watch, late.signal);
      this.#times.starttls = this.#now();
      return clear;
    } catch (error) {
      clear.destroy();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #tcpStands({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">): void {
    this.#times.tcp = this.#now();
    this.#peer = hostPort({ host: remoteAddress ?? "?", port: remotePort ?? 0 });
    this.#reporter.tcp(this.#times.tcp, this.#peer);
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.#step(event);
  }

  #step(event: TraceEvent): void {
    const time = this.#now();
    if (event.kind === "message") this.#timeMessage(time, event);
    if (event.kind === "message" && event.name === "NewSessionTicket") {
      this.#ticketCame = true;
      // Others come with the first.
      setImmediate(() => this.#onTicket());
    }
    if (event.kind === "opened") this.#times.finished = time;
    this.#reporter.event(time, event);
  }

  #timeMessage(time: number, event: Extract<TraceEvent, { kind: "message" }>): void {
    const times = this.#times;
    if (event.name === "ClientHello") {
      if (times.hello === 0) times.hello = time;
      else times.retry = time;
    } else if (event.direction === "in") {
      if (event.name === "ServerHello") times.server = time;
      // The handshake asks for Finished once the certificate and the signature are verified.
      if (event.name === "Finished") times.verified = time;
    }
  }

  async #secure(socket: TlsSocket): Promise<TlsSocket> {
    // Between the handshake and whoever carries the data an error has no listener of its own.
    socket.on("error", () => {});
    await once(socket, "secureConnect");
    const { host, port, profile, sessionFile, reconnect } = this.#command;
    this.#reporter.opened(this.#now(), {
      connection: this.#connection,
      keepsSessions: sessionFile !== undefined || reconnect > 0,
      info: socket.info as ConnectionInfo,
      times: this.#times,
      target: { host, port },
      isProfileAsked: profile !== undefined,
      peer: this.#peer,
    });
    return socket;
  }

  async #failure(error: unknown, verifier: ExplainingVerifier): Promise<Failure> {
    const { message } = error as Error;
    const known = error instanceof TlsError || error instanceof StarttlsError;
    const code = known ? error.code : "transport_failed";
    const { alert, rules } = error instanceof TlsError ? error : { alert: undefined, rules: [] };
    const tcpStood = this.#held === undefined;
    const exitCode = exitCodeOf(error, tcpStood);
    const judgement = exitCode === exitCodes.untrusted ? await verifier.explain?.() : undefined;
    const hint = hintFor({
      command: this.#command,
      code,
      message,
      alert: alert?.name,
      systemCode: systemCode(error),
      tcpStood,
      judgement,
    });
    return { code, message, alert, rules, hint, judgement, exitCode };
  }

  #now(): number {
    return performance.now() - this.#started;
  }
}

/** Milliseconds without a byte after which a server is taken to have answered. */
const silence = 500;

/**
 * Passes on the end of standard input once the server has answered. Some servers (nginx) that hear our close_notify first
 * answer it with none of their own, and then nobody could tell whether the answer was cut off. Answers how to leave it.
 */
function endOnceSilent(socket: TlsSocket): () => void {
  const end = (): void => {
    // Whoever takes the answer is slow, not the server.
    if (socket.isPaused() || socket.readableLength > 0) timer.refresh();
    else socket.end();
  };
  const timer = setTimeout(end, silence);
  const heard = (): void => {
    timer.refresh();
  };
  socket.on("data", heard);
  return () => {
    clearTimeout(timer);
    socket.off("data", heard);
  };
}

/** ECONNREFUSED and its like, wherever in the chain of causes it stands. */
function systemCode(error: unknown): string | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    const { code } = one as NodeJS.ErrnoException;
    if (!(one instanceof TlsError) && typeof code === "string") return code;
  }
  return undefined;
}

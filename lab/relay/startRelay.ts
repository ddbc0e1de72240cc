import { once } from "node:events";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { countedAs } from "./addresses.ts";
import { type Ending, endings } from "./endings.ts";
import { checkLimits, type RelayLimits } from "./limits.ts";
import { type Passage, type Passed, startPassage } from "./passage.ts";
import { type Resolve, systemResolver } from "./reachTarget.ts";
import { parseOrigin, parseTarget, type Target } from "./targets.ts";

export interface RelayOptions {
  /** Where it leads: `host:port` each, and nowhere else. A name may lead to public addresses only. None: nowhere at all. */
  readonly targets: readonly string[];
  /** Targets whose names may lead to any address, of this machine and its networks too. Default: none. */
  readonly privateTargets?: readonly string[];
  /** Whose pages it serves, as browsers send it: `https://lab.example`. None: nobody's. */
  readonly origins: readonly string[];
  readonly limits?: Partial<RelayLimits>;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Default: one that is free. */
  readonly port?: number;
  /** What a name leads to. Default: what the system says. */
  readonly resolve?: Resolve;
  /** Gets what happened, once it is over. Never what passed. */
  readonly log?: (event: RelayEvent) => void;
}

export type RelayEvent = { readonly from: string } & (
  | { readonly kind: "passed"; readonly target: string; readonly passed: Passed }
  /** Turned away with a close code after the WebSocket was opened, so that the page can tell why. */
  | { readonly kind: "closed"; readonly ending: Ending }
  /** Turned away before. */
  | { readonly kind: "refused"; readonly status: number; readonly reason: string }
);

export interface Relay {
  /** Where it listens: `ws://127.0.0.1:8081`. A target is the path behind it: `ws://127.0.0.1:8081/db.example:5432`. */
  readonly address: string;
  /** WebSockets that lead somewhere now. */
  readonly connections: number;
  /** Closes all of them, and listens no more. */
  close(): Promise<void>;
}

/** Sockets beyond the limit of connections that may be asking, or hearing why they are turned away. */
const spareSockets = 64;

/**
 * Listens for WebSockets, each of which leads to one of the targets.
 * @throws RelayOptionError
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const limits = checkLimits(options.limits ?? {});
  const targets = new Map<string, Target>([
    ...(options.privateTargets ?? []).map((text) => [text, parseTarget(text, true)] as const),
    ...options.targets.map((text) => [text, parseTarget(text, false)] as const),
  ]);
  const origins = new Set(options.origins.map(parseOrigin));
  const resolve = options.resolve ?? systemResolver;
  const log = options.log ?? (() => {});
  const passages = new Set<Passage>();
  const perAddress = new Map<string, number>();
  let closed: Promise<void> | undefined;

  const server = http.createServer({
    headersTimeout: limits.handshakeTimeout,
    requestTimeout: limits.handshakeTimeout,
    connectionsCheckingInterval: Math.min(1000, limits.handshakeTimeout),
    maxHeaderSize: 8192,
    // What has none is answered below, like all that is no WebSocket.
    requireHostHeader: false,
  });
  server.maxConnections = limits.connections + spareSockets;
  const sockets = new Set<Socket>();
  const webSocketOptions = {
    noServer: true,
    maxPayload: limits.message,
    // Its types do not know this one yet.
    closeTimeout: limits.closeTimeout,
    perMessageDeflate: false,
    clientTracking: false,
    // The relay speaks none; a page that insists on one is told so by its browser.
    handleProtocols: (): false => false,
  };
  const webSockets = new WebSocketServer(webSocketOptions);

  function refuse({ socket: { remoteAddress: from = "?" } }: http.IncomingMessage, socket: Duplex): void {
    const [status, reason] = [403, "the relay does not serve pages of this origin"];
    log({ kind: "refused", from, status, reason });
    socket.once("finish", () => socket.destroy());
    socket.end(
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nConnection: close\r\n` +
        `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${reason.length + 1}\r\n\r\n${reason}\n`,
    );
    // Whoever does not read it is not waited for.
    const timer = setTimeout(() => socket.destroy(), limits.closeTimeout);
    socket.once("close", () => clearTimeout(timer));
  }

  function welcome(page: WebSocket, request: http.IncomingMessage): void {
    const from = request.socket.remoteAddress ?? "?";
    const turnAway = (ending: Ending): void => {
      log({ kind: "closed", from, ending });
      page.on("error", () => {});
      page.close(ending.code, ending.reason);
    };
    const name = request.url?.slice(1) ?? "";
    // By its text, and nothing is decoded: a spelling that has to be understood first could be understood in two ways.
    const target = targets.get(name);
    if (target === undefined) return turnAway(endings.unlisted);
    if (closed !== undefined) return turnAway(endings.stopping);
    if (passages.size >= limits.connections) return turnAway(endings.full);
    const counted = countedAs(from);
    const others = perAddress.get(counted) ?? 0;
    if (others >= limits.connectionsPerAddress) return turnAway(endings.fullForAddress);
    perAddress.set(counted, others + 1);
    const passage = startPassage(page, target, limits, resolve);
    passages.add(passage);
    void passage.done.then((passed) => {
      passages.delete(passage);
      const left = (perAddress.get(counted) ?? 1) - 1;
      if (left === 0) perAddress.delete(counted);
      else perAddress.set(counted, left);
      log({ kind: "passed", from, target: name, passed });
    });
  }

  async function close(): Promise<void> {
    for (const passage of passages) passage.stop(endings.stopping);
    server.close();
    const timer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, limits.closeTimeout);
    await once(server, "close");
    clearTimeout(timer);
    await Promise.all([...passages].map(({ done }) => done));
  }

  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  /** Asked for something else first. What a request before it was understood as is nothing to build upon. */
  const answered = new WeakSet<Duplex>();
  server.on("request", ({ socket }, response) => {
    answered.add(socket);
    const [status, reason] = [426, "a relay for WebSockets: there is nothing else here"];
    log({ kind: "refused", from: socket.remoteAddress ?? "?", status, reason });
    response.writeHead(status, {
      connection: "close, upgrade",
      upgrade: "websocket",
      "content-type": "text/plain",
    });
    response.end(`${reason}\n`);
  });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (answered.has(socket)) return socket.destroy();
    const { origin } = request.headers;
    if (origin === undefined || !origins.has(origin)) return refuse(request, socket);
    webSockets.handleUpgrade(request, socket, head, (page) => welcome(page, request));
  });
  server.on("clientError", (_error, socket) => socket.destroy());

  server.listen(options.port ?? 0, options.host ?? "127.0.0.1");
  await once(server, "listening");
  const { address, port, family } = server.address() as AddressInfo;
  return {
    address: `ws://${family === "IPv6" ? `[${address}]` : address}:${port}`,
    get connections() {
      return passages.size;
    },
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

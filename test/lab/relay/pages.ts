// What comes to the relay: pages, and whatever else can open a TCP connection.

import { once } from "node:events";
import net from "node:net";
import { WebSocket } from "ws";
import { type Relay, type RelayEvent, type RelayOptions, startRelay } from "../../../lab/relay/startRelay.ts";

export const origin = "https://lab.example";

/** A relay that keeps what it logs. */
export async function relayTo(
  targets: readonly string[],
  more: Partial<RelayOptions> = {},
): Promise<Relay & { readonly events: RelayEvent[]; passed(): Promise<RelayEvent> }> {
  const events: RelayEvent[] = [];
  const waiting: ((event: RelayEvent) => void)[] = [];
  const relay = await startRelay({
    targets,
    origins: [origin],
    log: (event) => {
      events.push(event);
      waiting.shift()?.(event);
    },
    ...more,
  });
  return {
    address: relay.address,
    get connections() {
      return relay.connections;
    },
    close: () => relay.close(),
    events,
    /** The next event. */
    passed: () => new Promise((resolve) => waiting.push(resolve)),
  };
}

export interface Page {
  readonly socket: WebSocket;
  /** All that came, in one. */
  readonly heard: () => Buffer;
  readonly opened: Promise<unknown>;
  /** Code and reason of the close, or what the opening failed with. */
  readonly closed: Promise<readonly [code: number | string, reason: string]>;
}

export function pageTo(relay: Relay, path: string, from: string | undefined = origin): Page {
  const socket = new WebSocket(`${relay.address}/${path}`, from === undefined ? {} : { origin: from });
  const chunks: Buffer[] = [];
  socket.on("message", (bytes: Buffer) => chunks.push(bytes));
  let failure: string | undefined;
  socket.on("error", (error) => {
    failure ??= error.message;
  });
  const closed = new Promise<readonly [number | string, string]>((resolve) => {
    socket.on("close", (code, reason) => resolve([failure ?? code, reason.toString()]));
  });
  const opened = Promise.race([once(socket, "open"), closed]);
  opened.catch(() => {});
  return { socket, heard: () => Buffer.concat(chunks), opened, closed };
}

/** A request as it stands, and all that is answered until the relay closes. */
export async function answerTo(relay: Relay, request: string, end = false): Promise<string> {
  const socket = net.connect({
    port: Number(new URL(relay.address).port),
    host: "127.0.0.1",
    allowHalfOpen: true,
  });
  let answer = "";
  socket.on("data", (bytes) => {
    answer += bytes.toString("latin1");
  });
  socket.on("error", () => {});
  socket.write(request, "latin1");
  if (end) socket.end();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.once("end", () => socket.end());
  await closed;
  return answer;
}

/** The request that opens a WebSocket, whatever stands in its place. */
export function upgrade(
  path: string,
  headers: Readonly<Record<string, string | undefined>> = {},
  method = "GET",
): string {
  const all = {
    Host: "relay.example",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Version": "13",
    Origin: origin,
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
}

/** The close frame that an answer ends with: its code, and its reason. */
export function closeIn(answer: string): readonly [number, string] | undefined {
  const frames = Buffer.from(answer.slice(answer.indexOf("\r\n\r\n") + 4), "latin1");
  if (frames[0] !== 0x88) return undefined;
  return [frames.readUInt16BE(2), frames.toString("utf8", 4, 2 + (frames[1] ?? 0))];
}

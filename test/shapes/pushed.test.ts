// Pushed bytes: MQTT by mqtt-packet, which knows no sockets, to a broker of the test's behind node:tls; and how it ends.

import net from "node:net";
import type tls from "node:tls";
import mqtt, { type Packet } from "mqtt-packet";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  connect,
  type PushedConnection,
  type PushedOptions,
  type TlsError,
} from "../../src/shapes/pushed.ts";
import { usual } from "../interop/chains.ts";
import { type NodeServer, nodeServer, shown, silence } from "../interop/nodeServer.ts";
import { textOf } from "../interop/talk.ts";

const trusting = { serverName: "localhost", trust: { roots: [usual.rootPem] } } as const;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

let broker: NodeServer;
let silent: NodeServer;
const sockets: net.Socket[] = [];
beforeAll(async () => {
  broker = await nodeServer(shown(usual), serveMqtt);
  silent = await nodeServer(shown(usual), silence);
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  broker.close();
  silent.close();
});

/** Sends every message back to its publisher, who has subscribed. */
function serveMqtt(socket: tls.TLSSocket): void {
  const parser = mqtt.parser();
  const answer = (packet: Packet): boolean => socket.write(mqtt.generate(packet));
  parser.on("packet", (packet) => {
    if (packet.cmd === "connect") answer({ cmd: "connack", returnCode: 0, sessionPresent: false });
    else if (packet.cmd === "subscribe")
      answer({ cmd: "suback", messageId: packet.messageId as number, granted: [0] });
    else if (packet.cmd === "publish") answer(packet);
    else if (packet.cmd === "disconnect") socket.end();
  });
  socket.on("data", (bytes) => parser.parse(bytes));
}

interface Open {
  readonly tls: PushedConnection;
  readonly socket: net.Socket;
  readonly opened: Promise<void>;
  /** What the connection ended with. */
  readonly closed: Promise<TlsError | undefined>;
  readonly told: string[];
}

/** A program that has nothing but callbacks, and a socket that it feeds. */
function open(server: NodeServer, options: Partial<PushedOptions> = {}): Open {
  const socket = net.connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  sockets.push(socket);
  const told: string[] = [];
  let hasOpened = (): void => {};
  const opened = new Promise<void>((resolve) => {
    hasOpened = resolve;
  });
  let tls: PushedConnection | undefined;
  const closed = new Promise<TlsError | undefined>((resolve) => {
    tls = connect({
      ...trusting,
      onSend: (bytes) => void socket.write(bytes),
      onData: (bytes) => told.push(new TextDecoder().decode(bytes)),
      onOpened: hasOpened,
      onEnded: () => told.push("ended"),
      onClosed: (error) => {
        told.push("closed");
        socket.end();
        resolve(error);
      },
      ...options,
    });
  });
  const made = tls as unknown as PushedConnection;
  socket.on("data", (bytes) => {
    made.receive(bytes);
    bytes.fill(0xee);
  });
  socket.on("end", () => made.receiveEnd());
  socket.on("error", (error) => made.receiveFailure(error));
  return { tls: made, socket, opened, closed, told };
}

test("MQTT: connect, subscribe, publish, and disconnect", async () => {
  const parser = mqtt.parser();
  const heard: string[] = [];
  const { tls, closed } = open(broker, { onData: (bytes) => parser.parse(Buffer.from(bytes)) });
  const send = (packet: Packet): void => tls.write(mqtt.generate(packet));
  // What is written before it is open waits.
  send({
    cmd: "connect",
    clientId: "test",
    protocolId: "MQTT",
    protocolVersion: 4,
    clean: true,
    keepalive: 0,
  });
  const message = "x".repeat(100_000);
  parser.on("packet", (packet) => {
    heard.push(packet.cmd);
    if (packet.cmd === "connack")
      send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "a/b", qos: 0 }] });
    else if (packet.cmd === "suback")
      send({ cmd: "publish", topic: "a/b", payload: message, qos: 0, dup: false, retain: false });
    else if (packet.cmd === "publish") {
      heard.push(`${String(packet.payload) === message}`);
      send({ cmd: "disconnect" });
      tls.end();
    }
  });
  expect(await closed).toBeUndefined();
  expect(heard).toEqual(["connack", "suback", "publish", "true"]);
});

test("the server's end comes first, and ours may follow later", async () => {
  const { tls, opened, closed, told } = open(silent);
  await opened;
  const peer = await silent.secured.next();
  const heard = textOf(peer);
  peer.end("bye");
  await new Promise<void>((resolve) => peer.once("finish", resolve));
  tls.write(encode("and to you"));
  tls.end();
  expect(await closed).toBeUndefined();
  expect(told).toEqual(["bye", "ended", "closed"]);
  expect(await heard).toBe("and to you");
});

test("close() ends at once, and the server hears close_notify", async () => {
  const { tls, opened, closed, told } = open(silent);
  await opened;
  const heard = textOf(await silent.secured.next());
  tls.close();
  expect(await closed).toBeUndefined();
  expect(await heard).toBe("");
  tls.receive(encode("late"));
  expect(told).toEqual(["closed"]);
});

test.each<readonly [string, (one: Open) => void]>([
  ["truncated", ({ tls }) => tls.receiveEnd()],
  ["transport_failed", ({ tls }) => tls.receiveFailure(new Error("no carrier"))],
  ["unexpected_record_type", ({ tls }) => tls.receive(encode("HTTP/1.1 400 Bad Request"))],
])("onClosed with %s, once", async (code, act) => {
  const one = open(silent);
  await one.opened;
  await silent.secured.next();
  act(one);
  expect(await one.closed).toMatchObject({ code });
  act(one);
  one.tls.write(encode("late"));
  one.tls.end();
  expect(one.told).toEqual(["closed"]);
});

test.each<readonly [string, (cause: Error) => void | Promise<void>]>([
  [
    "throws",
    (cause) => {
      throw cause;
    },
  ],
  ["rejects", (cause) => Promise.reject(cause)],
])("onSend that %s [transport_failed]", async (_, fail) => {
  const cause = new Error("no carrier");
  const { closed } = open(silent, { onSend: () => fail(cause) });
  expect(await closed).toMatchObject({ code: "transport_failed", cause });
});

test("a signal, before and after it is open [aborted]", async () => {
  for (const when of ["before", "after"] as const) {
    const controller = new AbortController();
    const { opened, closed } = open(silent, { signal: controller.signal });
    if (when === "after") {
      await opened;
      await silent.secured.next();
    }
    controller.abort();
    expect(await closed).toMatchObject({ code: "aborted" });
  }
});

test("a promise of onSend's holds writing up", async () => {
  let isOpen = false;
  let goOn = (): void => {};
  const waiting = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const one: Open = open(silent, {
    onSend: (bytes) => {
      one.socket.write(bytes);
      return isOpen ? waiting : undefined;
    },
  });
  await one.opened;
  const peer = await silent.secured.next();
  let heard = 0;
  peer.on("data", (bytes) => {
    heard += bytes.length;
  });
  isOpen = true;
  let taken = 0;
  const chunk = new Uint8Array(64 * 1024);
  for (let i = 0; i < 64; i++) one.tls.write(chunk, () => taken++);
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toBeGreaterThan(0);
  expect(taken).toBeLessThan(10);
  isOpen = false;
  goOn();
  const ended = new Promise((resolve) => peer.once("end", resolve));
  one.tls.end();
  await ended;
  expect(taken).toBe(64);
  expect(heard).toBe(64 * chunk.length);
  one.tls.close();
  expect(await one.closed).toBeUndefined();
});

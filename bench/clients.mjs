// @ts-check
// The same work by two clients: tls13, and node:tls with a SecureContext that is kept.

import tls from "node:tls";
import { connect, createServerVerifier } from "tls13/node";
import { createSessionCache } from "tls13/sessions";

const chunk = Buffer.alloc(64 * 1024, 1);

/**
 * @typedef {(onSecure: () => void) => import("node:stream").Duplex} Open
 * @typedef {object} Client
 * @property {string} name
 * @property {Open} open
 * @property {Open} begin a full handshake, whose sessions are kept
 * @property {Open} resume uses one of them up
 * @property {(socket: any) => boolean} isResumed
 * @typedef {{ cpu: number, wall: number }} Cost milliseconds
 * @param {number} port
 * @param {string} root PEM
 * @param {string} cipher
 * @returns {{ ours: Client, theirs: Client }}
 */
export function clients(port, root, cipher) {
  const host = "127.0.0.1";
  const verifier = createServerVerifier({ roots: [root] });
  const secureContext = tls.createSecureContext({
    ca: root,
    minVersion: "TLSv1.3",
    ciphers: cipher,
    ecdhCurve: "X25519",
  });
  /** @type {import("tls13/node").ConnectOptions} */
  const options = {
    host,
    port,
    servername: "localhost",
    verifier,
    cipherSuites: [/** @type {any} */ (cipher)],
    groups: ["x25519"],
  };
  const sessions = createSessionCache();
  const toResume = { ...options, sessions };
  /** @type {import("tls13/node").ConnectOptions} */
  const toBegin = { ...options, sessions: { shared: false, put: sessions.put, take: () => undefined } };
  const theirOptions = { host, port, servername: "localhost", secureContext };
  /** @type {Buffer[]} */
  const theirSessions = [];
  return {
    ours: {
      name: "tls13",
      open: (onSecure) => connect(options, onSecure),
      begin: (onSecure) => connect(toBegin, onSecure),
      resume: (onSecure) => connect(toResume, onSecure),
      isResumed: (socket) => socket.info.resumed,
    },
    theirs: {
      name: "node:tls",
      open: (onSecure) => tls.connect(theirOptions, onSecure),
      begin: (onSecure) =>
        tls.connect(theirOptions, onSecure).on("session", (one) => theirSessions.push(one)),
      resume: (onSecure) => tls.connect({ ...theirOptions, session: theirSessions.shift() }, onSecure),
      isResumed: (socket) => socket.isSessionReused(),
    },
  };
}

/** @param {{ open: Open }} client @param {(socket: import("node:stream").Duplex, done: () => void) => void} work @returns {Promise<void>} */
function connection({ open }, work) {
  return new Promise((resolve, reject) => {
    const socket = open(() => work(socket, () => socket.end()));
    socket.on("error", reject);
    socket.on("close", () => resolve());
  });
}

/** A handshake, and the end. @param {Client} client */
export const handshake = (client) =>
  connection(client, (socket, done) => {
    socket.resume();
    done();
  });

/** Handshakes in a batch of {@link resumptions}: what four full ones bring in, with the two tickets that the server gives. */
const batch = 8;

/**
 * What resumed handshakes cost, each with a ticket of its own, as RFC 9846 §C.4 has it: a server of node:tls gives none when
 * a session is resumed, so full handshakes bring them in, and are left out of what is counted.
 * @param {Client} client @param {number} times a multiple of 8
 * @param {(work: () => Promise<unknown>) => Promise<Cost>} cost
 * @returns {Promise<Cost>}
 */
export async function resumptions(client, times, cost) {
  const sum = { cpu: 0, wall: 0 };
  /** @param {Open} open @param {boolean} resumed */
  const one = (open, resumed) =>
    connection({ open }, (socket, done) => {
      if (client.isResumed(socket) !== resumed)
        socket.destroy(new Error(`${client.name}: ${resumed ? "not" : "already"} resumed`));
      socket.resume();
      done();
    });
  for (let i = 0; i < times; i += batch) {
    for (let k = 0; k < batch / 2; k++) await one(client.begin, false);
    const { cpu, wall } = await cost(async () => {
      for (let k = 0; k < batch; k++) await one(client.resume, true);
    });
    sum.cpu += cpu;
    sum.wall += wall;
  }
  return sum;
}

/** Milliseconds from connect() to the first byte of an answer. @param {Client} client */
export async function firstByte(client) {
  const start = performance.now();
  let time = 0;
  await connection(client, (socket, done) => {
    socket.on("data", () => {
      time = performance.now() - start;
      done();
    });
    socket.write("P\n");
  });
  return time;
}

/** @param {Client} client @param {number} bytes */
export const download = (client, bytes) =>
  connection(client, (socket, done) => {
    let left = bytes;
    socket.on("data", (data) => {
      left -= data.length;
      if (left === 0) done();
    });
    socket.write(`D${bytes}\n`);
  });

/** @param {Client} client @param {number} bytes */
export const upload = (client, bytes) =>
  connection(client, (socket, done) => {
    let left = bytes;
    socket.on("data", done);
    socket.write(`U${bytes}\n`);
    const send = () => {
      while (left > 0) {
        const piece = left < chunk.length ? chunk.subarray(0, left) : chunk;
        left -= piece.length;
        if (!socket.write(piece)) return socket.once("drain", send);
      }
      return socket;
    };
    send();
  });

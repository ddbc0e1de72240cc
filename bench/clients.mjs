// @ts-check
// The same work by two clients: tls13, and node:tls with a SecureContext that is kept.

import tls from "node:tls";
import { connect, createServerVerifier } from "tls13/node";

const chunk = Buffer.alloc(64 * 1024, 1);

/**
 * @typedef {{ readonly name: string, readonly open: (onSecure: () => void) => import("node:stream").Duplex }} Client
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
  const suites = /** @type {const} */ ([cipher]);
  return {
    ours: {
      name: "tls13",
      open: (onSecure) =>
        connect(
          {
            host,
            port,
            servername: "localhost",
            verifier,
            cipherSuites: /** @type {any} */ (suites),
            groups: ["x25519"],
          },
          onSecure,
        ),
    },
    theirs: {
      name: "node:tls",
      open: (onSecure) => tls.connect({ host, port, servername: "localhost", secureContext }, onSecure),
    },
  };
}

/** @param {Client} client @param {(socket: import("node:stream").Duplex, done: () => void) => void} work @returns {Promise<void>} */
function connection(client, work) {
  return new Promise((resolve, reject) => {
    const socket = client.open(() => work(socket, () => socket.end()));
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

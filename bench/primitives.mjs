// @ts-check
// What the primitives cost by themselves: the floor under any TLS client on this runtime.

import crypto from "node:crypto";
import net from "node:net";
import { Bench } from "tinybench";

/**
 * The least that an upload can cost with node:crypto: each record sealed into a buffer of four, and that written.
 *
 * @param {number} port @param {number} bytes @returns {Promise<void>}
 */
export function sealAndWrite(port, bytes) {
  const key = crypto.createSecretKey(Buffer.alloc(16, 1));
  const [nonce, header, content] = [Buffer.alloc(12), Buffer.alloc(5), Buffer.alloc(2 ** 14, 2)];
  const size = 5 + content.length + 1 + 16;
  const buffers = [Buffer.alloc(4 * size), Buffer.alloc(4 * size)];
  /** @param {Buffer} into @param {number} offset */
  const seal = (into, offset) => {
    into.set(content, offset + 5);
    const cipher = crypto.createCipheriv("aes-128-gcm", key, nonce);
    cipher.setAAD(header);
    into.set(cipher.update(into.subarray(offset + 5, offset + size - 16)), offset + 5);
    cipher.final();
    into.set(cipher.getAuthTag(), offset + size - 16);
  };
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1");
    let left = bytes;
    const next = () => {
      if (left <= 0) return socket.end();
      const buffer = /** @type {Buffer} */ (buffers.reverse()[0]);
      for (let i = 0; i < 4; i++) seal(buffer, i * size);
      left -= 4 * content.length;
      return socket.write(buffer, next);
    };
    socket.on("connect", next);
    socket.resume();
    socket.on("error", reject);
    socket.on("close", () => resolve());
  });
}

/** @returns {Promise<Record<string, number>>} microseconds, medians */
export async function primitives() {
  const key = crypto.createSecretKey(Buffer.alloc(16, 1));
  const [nonce, header, record] = [Buffer.alloc(12), Buffer.alloc(5), Buffer.alloc(2 ** 14 + 1, 2)];
  const seal = () => {
    const cipher = crypto.createCipheriv("aes-128-gcm", key, nonce);
    cipher.setAAD(header);
    const text = cipher.update(record);
    cipher.final();
    return { text, tag: cipher.getAuthTag() };
  };
  const sealed = seal();
  const ec = crypto.generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signature = crypto.sign("sha256", header, ec.privateKey);
  const peer = crypto.generateKeyPairSync("x25519").publicKey;

  const bench = new Bench({ time: 300, warmupTime: 100 })
    .add("X25519 key pair and agreement", () => {
      const { privateKey } = crypto.generateKeyPairSync("x25519");
      crypto.diffieHellman({ privateKey, publicKey: peer });
    })
    .add("verify ECDSA P-256", () => {
      crypto.verify("sha256", header, ec.publicKey, signature);
    })
    .add("seal 16 KiB, AES-128-GCM", () => {
      seal();
    })
    .add("open 16 KiB, AES-128-GCM", () => {
      const decipher = crypto.createDecipheriv("aes-128-gcm", key, nonce);
      decipher.setAAD(header);
      decipher.setAuthTag(sealed.tag);
      decipher.update(sealed.text);
      decipher.final();
    });
  await bench.run();
  return Object.fromEntries(
    bench.tasks.map(({ name, result }) => [
      name,
      "latency" in result ? result.latency.p50 * 1000 : Number.NaN,
    ]),
  );
}

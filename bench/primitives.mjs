// @ts-check
// What the primitives cost by themselves: the floor under any TLS client on this runtime.

import crypto from "node:crypto";
import { Bench } from "tinybench";

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

import { expect, test } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";

const megabyte = 2 ** 20;

test("what node:crypto allocates for a sealed record is given back at once, not at the next collection", () => {
  const aead = defaultProvider.aeads().find(({ name }) => name === "AES-128-GCM");
  if (aead?.sync !== true) throw new Error("the node provider has AES-128-GCM, and it is synchronous");
  const key = aead.importKey(new Uint8Array(16));
  const content = new Uint8Array(2 ** 14);
  const into = new Uint8Array(content.length + 17);
  const [nonce, header, trailer] = [new Uint8Array(12), new Uint8Array(5), new Uint8Array([23])];
  const seal = (): void => key.seal(nonce, header, content, trailer, into, 0);
  for (let i = 0; i < 16; i++) seal();
  const before = process.memoryUsage().arrayBuffers;
  // 16 MiB of output, far below what would make V8 collect by itself.
  for (let i = 0; i < 1024; i++) seal();
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(megabyte);
});

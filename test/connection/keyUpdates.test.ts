// KeyUpdates while the way to the server is full: what is sealed already leaves as it is, all else waits behind them.

import { describe, expect, test } from "vitest";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import type { Aead, CryptoProvider } from "../../src/crypto/provider.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { syncProvider } from "../record/keys.ts";
import { recordsOf } from "../replay/traces.ts";
import { type Replayed, replayOpened } from "./replayed.ts";

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const size = 2 ** 14;
const writes = 64;
const all = new Array<number>(writes).fill(size);
/** KeyUpdate(update_requested) */
const asking = Uint8Array.of(24, 0, 0, 1, 1);

/** What the client sent since it was open: data in bytes, and KeyUpdates with request_update. */
function sentBy({ transport, client, before }: Replayed): readonly string[] {
  let data = 0;
  const sent: string[] = [];
  for (const record of recordsOf(transport.written.slice(before))) {
    const { type, content } = client.open(record);
    if (type === contentTypes.application_data) {
      data += content.length;
      continue;
    }
    sent.push(`${data} bytes`, `KeyUpdate(${content[4]})`);
    data = 0;
    client.update();
  }
  return [...sent, `${data} bytes`];
}

/** Bytes of a record around its content: header, type, tag. */
const overhead = 22;

/** Seals that are under way. What has room is decided anew when one is done. */
let sealing = 0;

function watchingSeals(provider: CryptoProvider): CryptoProvider {
  const watching = (aead: Aead): Aead => {
    if (aead.sync) return aead;
    const importKey: typeof aead.importKey = async (bytes) => {
      const key = await aead.importKey(bytes);
      const seal: typeof key.seal = async (...given) => {
        sealing++;
        try {
          return await key.seal(...given);
        } finally {
          sealing--;
        }
      };
      return { open: (...given) => key.open(...given), seal };
    };
    return { ...aead, importKey };
  };
  return { ...provider, aeads: () => provider.aeads().map(watching) };
}

/** Fills a connection's transport; answers how many of its writes are sealed. */
async function stall(replayed: Replayed): Promise<number> {
  const { transport, connection } = replayed;
  transport.prompt = false;
  let sealed = 0;
  for (let i = 0; i < writes; i++) connection.write(new Uint8Array(size), () => sealed++);
  let seen = 0;
  while (sealing > 0 || sealed === 0 || sealed !== seen) {
    seen = sealed;
    await tick();
    await tick();
  }
  expect(sealed).toBeGreaterThan(3);
  expect(sealed).toBeLessThan(writes);
  return sealed;
}

/** Lets the transport take records again until it has all, of which these are the lengths of the contents. */
async function letGo({ transport, before }: Replayed, ...contents: readonly number[]): Promise<void> {
  const length = contents.reduce((sum, one) => sum + one + overhead, before);
  while (transport.written.length < length) {
    transport.release();
    await tick();
  }
}

describe.each([
  ["node", syncProvider],
  ["web", watchingSeals(webProvider)],
])("%s provider", (_, provider) => {
  test("one that the server asks for goes before the next record of data, once for several requests [4.7.3/5]", async () => {
    const replayed = await replayOpened({ provider });
    const { transport, server, observer } = replayed;
    const before = (await stall(replayed)) * size;
    for (let i = 0; i < 3; i++) {
      transport.deliver(server.record(contentTypes.handshake, asking));
      server.update();
    }
    transport.deliver(server.record(contentTypes.application_data, Uint8Array.of(1)));
    await observer.until(() => observer.content.length === 1);
    await letGo(replayed, asking.length, ...all);
    expect(observer.error).toBeUndefined();
    expect(sentBy(replayed)).toEqual([`${before} bytes`, "KeyUpdate(0)", `${writes * size - before} bytes`]);
  });

  test("one that the application asks for goes behind all that it has written [4.7.3/7]", async () => {
    const replayed = await replayOpened({ provider });
    const { connection } = replayed;
    await stall(replayed);
    connection.updateKeys();
    connection.write(new Uint8Array(10), () => {});
    await letGo(replayed, ...all, asking.length, 10);
    expect(sentBy(replayed)).toEqual([`${writes * size} bytes`, "KeyUpdate(1)", "10 bytes"]);
  });
});

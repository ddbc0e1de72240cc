import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Aead, CryptoProvider } from "../../src/crypto/provider.ts";
import { decodeSession, encodeSession } from "../../src/session/sessionBytes.ts";
import { openSessionCodec, sealedSessionCodec } from "../../src/session/sessionCodec.ts";
import { type Bytes, concat, copyOf, fromAscii, fromHex, toHex } from "../../src/wire/bytes.ts";
import { aeadOf, providers, sealingKey } from "../crypto/providers.ts";
import { refusalOf } from "../messages/refusals.ts";
import { sessionNamed, sessions, shown } from "./sessions.ts";

const key = fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
const session = sessionNamed("a", { alpn: "h2" });
const invalidSession = expect.objectContaining({ code: "invalid_session" });

describe.each(providers)("%s provider", (_, provider) => {
  const codec = sealedSessionCodec(key, provider);

  test("a sealed session opens with its key and for its partition", async () => {
    await fc.assert(
      fc.asyncProperty(sessions, fc.string(), async (one, partition) => {
        const sealed = await codec.encode(one, partition);
        expect(shown(await sealedSessionCodec(key, provider).decode(sealed, partition))).toEqual(shown(one));
      }),
      { numRuns: 30 },
    );
  });

  test("looks as it is described: form, nonce, and AES-256-GCM over the open form", async () => {
    const sealed = await codec.encode(session, "é");
    expect(sealed[0]).toBe(0x81);
    const opener = await sealingKey(aeadOf(provider, "AES-256-GCM"), key);
    const text = await opener.open(sealed.slice(1, 13), fromHex("81c3a9"), sealed.slice(13));
    expect(toHex(text as Uint8Array)).toBe(toHex(encodeSession(session)));
  });

  test("shows neither PSK nor ticket, and never the same bytes twice", async () => {
    const long = sessionNamed("a long ticket");
    const [one, other] = [await codec.encode(long, "p"), await codec.encode(long, "p")];
    expect(toHex(one)).not.toContain("07".repeat(4));
    expect(toHex(one)).not.toContain(toHex(fromAscii("ticket")));
    expect(toHex(one.subarray(1, 13))).not.toBe(toHex(other.subarray(1, 13)));
    expect(toHex(one.subarray(13))).not.toBe(toHex(other.subarray(13)));
  });

  test("opens with no other key, for no other partition, and not if any byte was changed or lost [invalid_session]", async () => {
    const sealed = await codec.encode(session, "p");
    const stranger = sealedSessionCodec(new Uint8Array(32), provider);
    await expect(stranger.decode(sealed, "p")).rejects.toEqual(invalidSession);
    await expect(codec.decode(sealed, "q")).rejects.toEqual(invalidSession);
    for (let i = 0; i < sealed.length; i++) {
      const changed = copyOf(sealed);
      changed[i] = (changed[i] as number) ^ 1;
      await expect(codec.decode(changed, "p")).rejects.toEqual(invalidSession);
      await expect(codec.decode(sealed.slice(0, i), "p")).rejects.toEqual(invalidSession);
    }
    await expect(codec.decode(concat(sealed, new Uint8Array(1)), "p")).rejects.toEqual(invalidSession);
  });

  test("does not take what is sealed but no session, nor what lies open [invalid_session]", async () => {
    const sealer = await sealingKey(aeadOf(provider, "AES-256-GCM"), key);
    const nonce = new Uint8Array(12);
    const seal = async (text: Bytes) =>
      concat(fromHex("81"), nonce, await sealer.seal(nonce, concat(fromHex("81"), fromAscii("p")), text));
    expect(shown(await codec.decode(await seal(encodeSession(session)), "p"))).toEqual(shown(session));
    await expect(codec.decode(await seal(fromHex("02")), "p")).rejects.toEqual(invalidSession);
    await expect(codec.decode(await seal(new Uint8Array(0)), "p")).rejects.toEqual(invalidSession);
    await expect(codec.decode(encodeSession(session), "p")).rejects.toEqual(invalidSession);
  });

  test("gives no exception but invalid_session, whatever the bytes, and the cipher no nonce but of 12 bytes", async () => {
    const { watched, nonceLengths } = watchTexts(provider);
    const watching = sealedSessionCodec(key, watched);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        await expect(watching.decode(concat(fromHex("81"), bytes), "p")).rejects.toEqual(invalidSession);
        await expect(watching.decode(bytes, "p")).rejects.toEqual(invalidSession);
      }),
      { numRuns: 30 },
    );
    expect(nonceLengths.every((length) => length === 12)).toBe(true);
  });

  test("keeps its key, whatever becomes of the caller's", async () => {
    const mine = copyOf(key);
    const early = sealedSessionCodec(mine, provider);
    mine.fill(0);
    const sealed = await early.encode(session, "p");
    expect(shown(await codec.decode(sealed, "p"))).toEqual(shown(session));
  });

  test("overwrites the open form once it is sealed, and once it is read", async () => {
    const { watched, texts } = watchTexts(provider);
    const watching = sealedSessionCodec(key, watched);
    const read = await watching.decode(await watching.encode(session, "p"), "p");
    expect(texts).toHaveLength(2);
    for (const text of texts) expect(text.every((byte) => byte === 0)).toBe(true);
    expect(shown(read)).toEqual(shown(session));
  });

  test("imports its key when it is first used, and once", async () => {
    const { watched, imported } = watchTexts(provider);
    const watching = sealedSessionCodec(key, watched);
    expect(imported).toEqual([]);
    for (const partition of ["p", "q"]) {
      await watching.decode(await watching.encode(session, partition), partition);
    }
    expect(imported).toEqual(["AES-256-GCM"]);
  });

  test.each([[new Uint8Array(31)], [new Uint8Array(33)], [new Uint8Array(0)], ["a".repeat(32)], [undefined]])(
    "has no key of another size than 32 bytes [invalid_option]",
    (wrong) => {
      expect(refusalOf(() => sealedSessionCodec(wrong as Uint8Array, provider))).toBe("invalid_option");
    },
  );

  test("needs AES-256-GCM [no_common_parameters]", () => {
    const without: CryptoProvider = {
      ...provider,
      aeads: () => provider.aeads().filter(({ name }) => name !== "AES-256-GCM"),
    };
    expect(refusalOf(() => sealedSessionCodec(key, without))).toBe("no_common_parameters");
  });
});

describe("the open codec", () => {
  test("is the byte form, whatever the partition", () => {
    const bytes = openSessionCodec.encode(session, "p") as Bytes;
    expect(toHex(bytes)).toBe(toHex(encodeSession(session)));
    expect(shown(openSessionCodec.decode(bytes, "q") as typeof session)).toEqual(shown(decodeSession(bytes)));
  });
});

/** A provider whose ciphers keep the texts that they got and gave, and tell when they get a key. */
function watchTexts(provider: CryptoProvider) {
  const texts: Uint8Array[] = [];
  const imported: string[] = [];
  const nonceLengths: number[] = [];
  const kept = <T extends Uint8Array | undefined>(text: T): T => {
    if (text !== undefined) texts.push(text);
    return text;
  };
  const watch = (aead: Aead): Aead => {
    if (aead.sync) {
      return {
        ...aead,
        importKey: (bytes) => {
          imported.push(aead.name);
          const inner = aead.importKey(bytes);
          return {
            open: (nonce, ...others) => {
              nonceLengths.push(nonce.length);
              return kept(inner.open(nonce, ...others));
            },
            seal: (nonce, data, content, ...others) => inner.seal(nonce, data, kept(content), ...others),
          };
        },
      };
    }
    return {
      ...aead,
      importKey: async (bytes) => {
        imported.push(aead.name);
        const inner = await aead.importKey(bytes);
        return {
          open: async (nonce, ...others) => {
            nonceLengths.push(nonce.length);
            return kept(await inner.open(nonce, ...others));
          },
          seal: (nonce, data, text) => inner.seal(nonce, data, kept(text)),
        };
      },
    };
  };
  const watched: CryptoProvider = { ...provider, aeads: () => provider.aeads().map(watch) };
  return { watched, texts, imported, nonceLengths };
}

import type { Aead, CryptoProvider, Hash } from "../../src/crypto/provider.ts";
import { type Case, expect, expectEqual, within } from "./case.ts";
import { meet } from "./meeting.ts";

const why = new Error("the platform says no");
const fail = (): never => {
  throw why;
};
const failLater = (): Promise<never> => Promise.reject(why);

function withKeyImport(provider: CryptoProvider, importKey: () => never): CryptoProvider {
  return { ...provider, aeads: () => provider.aeads().map((aead) => ({ ...aead, importKey }) as Aead) };
}

/** Seals and opens so many times, and then fails. */
function withCipher(provider: CryptoProvider, what: "seal" | "open", times: number): CryptoProvider {
  let left = times;
  const limited =
    <A extends readonly unknown[], R>(method: (...args: A) => R) =>
    (...args: A): R => {
      if (left-- <= 0) fail();
      return method(...args);
    };
  const aeads = provider.aeads().map((aead): Aead => {
    if (aead.sync) {
      return {
        ...aead,
        importKey: (bytes) => {
          const key = aead.importKey(bytes);
          const open: typeof key.open = (...args) => key.open(...args);
          const seal: typeof key.seal = (...args) => key.seal(...args);
          return what === "open" ? { open: limited(open), seal } : { open, seal: limited(seal) };
        },
      };
    }
    return {
      ...aead,
      importKey: async (bytes) => {
        const key = await aead.importKey(bytes);
        const open: typeof key.open = async (...args) => key.open(...args);
        const seal: typeof key.seal = async (...args) => key.seal(...args);
        const later =
          <A extends readonly unknown[], R>(method: (...args: A) => Promise<R>) =>
          async (...args: A): Promise<R> =>
            limited(method)(...args);
        return what === "open" ? { open: later(open), seal } : { open, seal: later(seal) };
      },
    };
  });
  return { ...provider, aeads: () => aeads };
}

function withHmac(provider: CryptoProvider, times: number): CryptoProvider {
  let left = times;
  const limited = (hash: Hash): Hash => ({
    ...hash,
    hmac: (key, message) => {
      if (left-- <= 0) fail();
      return hash.hmac(key, message);
    },
  });
  const { hashes } = provider;
  return {
    ...provider,
    hashes: {
      "SHA-256": limited(hashes["SHA-256"]),
      "SHA-384": limited(hashes["SHA-384"]),
      "SHA-512": limited(hashes["SHA-512"]),
    },
  };
}

/** What a runtime may do to its user, by the primitive that fails. */
const broken: readonly (readonly [what: string, breakIt: (provider: CryptoProvider) => CryptoProvider])[] = [
  ["the random generator", (provider) => ({ ...provider, random: fail })],
  [
    "the generation of a share",
    (provider) => ({
      ...provider,
      keyExchanges: provider.keyExchanges.map((one) => ({ ...one, generate: fail })),
    }),
  ],
  [
    "the generation of a share, later",
    (provider) => ({
      ...provider,
      keyExchanges: provider.keyExchanges.map((one) => ({ ...one, generate: failLater })),
    }),
  ],
  [
    "the agreement on a secret",
    (provider) => ({
      ...provider,
      keyExchanges: provider.keyExchanges.map((one) => ({
        ...one,
        generate: async () => ({ ...(await one.generate()), agree: failLater }),
      })),
    }),
  ],
  ["the check of a signature", (provider) => ({ ...provider, verify: fail })],
  ["the check of a signature, later", (provider) => ({ ...provider, verify: failLater })],
  ["the import of a key", (provider) => withKeyImport(provider, fail)],
  ["the opening of the first record", (provider) => withCipher(provider, "open", 0)],
  ["the opening of the third record", (provider) => withCipher(provider, "open", 2)],
  ["the sealing of Finished", (provider) => withCipher(provider, "seal", 0)],
  ["the first HMAC", (provider) => withHmac(provider, 0)],
  ["the tenth HMAC", (provider) => withHmac(provider, 9)],
  [
    "the clock",
    (provider) => ({
      ...provider,
      now: fail,
    }),
  ],
];

/** Whatever fails under the client, the connection fails with it, soon and in one way. */
export const cases: readonly Case[] = broken.map(([what, breakIt]) => ({
  name: `ends with internal_error where the platform fails in ${what}`,
  rules: ["internal_error"],
  run: async (harness) => {
    // A record a message, so that there is a third one.
    const { client, lab } = await meet({ ...harness, provider: breakIt(harness.provider) }, { packing: {} });
    await within("the client is closed", client.closing);
    const { error } = client;
    expectEqual(error?.code, "internal_error", error?.message ?? "no error");
    let cause: unknown = error;
    while (cause instanceof Error && cause !== why) cause = cause.cause;
    expect(cause === why, "the cause is lost");
    const told = client.told.filter((one) => one !== "opened");
    expectEqual(told, ["failed", "closed"], "what the face was told");
    await within("the server saw the end", lab.done);
    for (const { level, name } of lab.seen.alerts) {
      expectEqual(`${level} ${name}`, "fatal internal_error", "the client's alert");
    }
    expect(lab.seen.alerts.length <= 1, "more than one alert");
  },
}));

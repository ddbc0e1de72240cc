import { believer } from "../../lab/leafKey.ts";
import type { ClientOptions } from "../../src/connection/options.ts";
import type { GroupName } from "../../src/crypto/groups.ts";
import { fromAscii } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import { type Case, expect, expectEqual } from "./case.ts";
import { serverName } from "./meeting.ts";

const early = new Uint8Array([1]);
const long = "a".repeat(64);

const pem = "-----BEGIN PRIVATE KEY-----\nsecret";

/** Options that can't be, by the name that the error has to give. */
const wrong: readonly (readonly [option: keyof ClientOptions, values: readonly unknown[]])[] = [
  [
    "serverName",
    [
      undefined,
      "",
      7,
      "..",
      ".example",
      "a..b",
      "server.example..",
      `${long}.example`,
      `${`${"a".repeat(63)}.`.repeat(4)}example`,
      "-a.example",
      "a-.example",
      "a b.example",
      "a/b",
      "user@example",
      "server.example:443",
      "server\0.example",
      "server\r\n.example",
      "1.2.3.4.5",
      "256.1.1.1",
      "1.2.3",
      "01.2.3.4",
      "::g",
      "[::1",
      "2001:db8::7%eth0",
      "①②③.example".repeat(40),
    ],
  ],
  ["verifier", [undefined, null, {}, "trust me"]],
  ["cipherSuites", [[], "TLS_AES_128_GCM_SHA256", ["TLS_RSA_WITH_RC4_128_MD5"], [undefined]]],
  ["cipherSuites", [["TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"]]],
  ["groups", [[], "x25519", ["ffdhe2048"], ["x25519", "x25519"], ["x25519", ""]]],
  ["keyShares", ["x25519", ["secp224r1"], ["x25519", "x25519"], {}]],
  ["signatureSchemes", [[], ["rsa_pkcs1_sha1"], ["ed25519", "ed25519"], "ed25519"]],
  ["signatureSchemes", [["rsa_pkcs1_sha256"], ["rsa_pkcs1_sha256", "rsa_pkcs1_sha512"]]],
  ["alpn", ["h2", [""], ["a".repeat(256)], ["h2", "h2"], ["ünïcode"], [7]]],
  ["alpn", [Array.from({ length: 40 }, (_, i) => `${i}`.padEnd(255, "x"))]],
  ["handshakeTimeout", [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "1s"]],
  ["padding", [16, {}]],
  ["keyLog", ["file", {}]],
  ["trace", [true, {}]],
  ["sessions", [null, true, "memory", {}, new Map(), { put: () => {}, take: () => {} }]],
  [
    "sessions",
    [
      { shared: false, put: () => {} },
      { shared: true, take: () => {} },
    ],
  ],
  ["sessions", [{ shared: "no", put: () => {}, take: () => {} }]],
  ["earlyData", [null, "GET / HTTP/1.1", 7, {}, [new Uint8Array(1)], [], new ArrayBuffer(1)]],
  [
    "psks",
    [
      null,
      {},
      "hunter2",
      new Uint8Array(16),
      [null],
      ["hunter2"],
      [{}],
      [{ identity: early, key: "hunter2" }],
    ],
  ],
  ["identity", [null, 7, "me", {}, { certificates: [], schemes: [], sign: () => new Uint8Array(1) }]],
];

const shown = (value: unknown): string => {
  const text = typeof value === "string" || Array.isArray(value) ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
};

/** Before a byte is sent, and even before there is a transport. */
const curves: readonly GroupName[] = ["x25519", "secp256r1", "secp384r1", "secp521r1"];
const hybrid: GroupName = "X25519MLKEM768";

type GroupOptions = Pick<ClientOptions, "groups" | "keyShares">;

/** A hybrid group without its share would have servers that prefer it ask for a retry. */
const defaults: readonly (readonly [
  what: string,
  native: boolean,
  asked: GroupOptions,
  groups: readonly GroupName[],
  keyShares: readonly GroupName[],
])[] = [
  ["the curves where ML-KEM is not the runtime's", false, {}, curves, ["x25519"]],
  ["X25519MLKEM768 and x25519 where it is", true, {}, [hybrid, ...curves], [hybrid, "x25519"]],
  ["no X25519MLKEM768 beside a share of x25519 alone", true, { keyShares: ["x25519"] }, curves, ["x25519"]],
  ["X25519MLKEM768 where no share goes out", true, { keyShares: [] }, [hybrid, ...curves], []],
  ["no X25519MLKEM768 of JavaScript where no share goes out", false, { keyShares: [] }, curves, []],
  ["X25519MLKEM768 for its share", false, { keyShares: [hybrid] }, [hybrid, ...curves], [hybrid]],
  [
    "SecP256r1MLKEM768 for its share, and nothing that has none",
    true,
    { keyShares: ["SecP256r1MLKEM768"] },
    [...curves, "SecP256r1MLKEM768"],
    ["SecP256r1MLKEM768"],
  ],
  [
    "the share of the first group",
    true,
    { groups: ["secp384r1", hybrid] },
    ["secp384r1", hybrid],
    ["secp384r1"],
  ],
  [
    "beside a hybrid group's share that of the first curve",
    false,
    { groups: ["SecP256r1MLKEM768", hybrid, "secp256r1", "x25519"] },
    ["SecP256r1MLKEM768", hybrid, "secp256r1", "x25519"],
    ["SecP256r1MLKEM768", "secp256r1"],
  ],
  ["one share where there is no curve", false, { groups: [hybrid] }, [hybrid], [hybrid]],
];

export const cases: readonly Case[] = [
  ...wrong.flatMap(([option, values]) =>
    values.map(
      (value): Case => ({
        name: `refuses ${shown(value)} for ${option}, by that name`,
        rules:
          option === "groups" && Array.isArray(value) && value[1] === "x25519"
            ? ["4.3.7/1"]
            : ["invalid_option"],
        run: async ({ library, provider }) => {
          let error: unknown;
          try {
            library.checkOptions(
              { serverName, verifier: believer, [option]: value } as ClientOptions,
              provider,
            );
          } catch (thrown) {
            error = thrown;
          }
          expect(error instanceof TlsError, `expected a TlsError, got ${String(error)}`);
          expectEqual([error.code, error.alert], ["invalid_option", undefined], error.message);
          expect(/^[\w.[\]]+: /.test(error.message), `the message: ${error.message}`);
          expect(error.message.startsWith(option), `the message: ${error.message}`);
        },
      }),
    ),
  ),
  ...["identity", "psks"].flatMap((option) =>
    [pem, [pem], fromAscii(pem)].map(
      (secret): Case => ({
        name: `repeats no key that stands in place of ${option}, as ${shown(secret)}`,
        rules: ["invalid_option"],
        run: async ({ library, provider }) => {
          const options = { serverName, verifier: believer, [option]: secret } as unknown as ClientOptions;
          try {
            library.checkOptions(options, provider);
          } catch (error) {
            const { code, message } = error as TlsError;
            expectEqual(code, "invalid_option", message);
            expect(!/secret|115,101/i.test(message), `the message: ${message}`);
            return;
          }
          expect(false, "it was taken");
        },
      }),
    ),
  ),
  {
    name: "refuses shares in groups that are not among those to offer",
    rules: ["4.3.8/2"],
    run: async ({ library, provider }) => {
      try {
        library.checkOptions(
          { serverName, verifier: believer, groups: ["x25519"], keyShares: ["secp256r1"] },
          provider,
        );
      } catch (error) {
        expect(error instanceof TlsError && error.code === "invalid_option", `got ${String(error)}`);
        expect(error.message.startsWith("keyShares: "), `the message: ${error.message}`);
        return;
      }
      expect(false, "it was taken");
    },
  },
  ...defaults.map(
    ([what, native, asked, offered, shared]): Case => ({
      name: `offers by default ${what}`,
      rules: ["4.3.8/2"],
      run: async ({ library, provider }) => {
        const keyExchanges = provider.keyExchanges.map((exchange) =>
          exchange.name === "X25519MLKEM768" ? { ...exchange, onRequest: !native } : exchange,
        );
        const { parameters } = library.checkOptions(
          { serverName, verifier: believer, ...asked },
          { ...provider, keyExchanges },
        );
        expectEqual(parameters.groups, offered, "the groups");
        expectEqual(parameters.keyShares, shared, "the shares");
      },
    }),
  ),
  {
    name: "names the groups that can be had where one can't be, those in JavaScript among them",
    rules: ["invalid_option"],
    run: async ({ library, provider }) => {
      const groups = ["X25519Kyber768Draft00"] as unknown as readonly GroupName[];
      try {
        library.checkOptions({ serverName, verifier: believer, groups }, provider);
      } catch (error) {
        expect(error instanceof TlsError && error.code === "invalid_option", `got ${String(error)}`);
        expect(/X25519MLKEM768.*SecP384r1MLKEM1024/.test(error.message), error.message);
        return;
      }
      expect(false, "it was taken");
    },
  },
  {
    name: "refuses a suite and a group that the provider lacks",
    rules: ["9.3/2"],
    run: async ({ library, provider }) => {
      const poor = {
        ...provider,
        aeads: () => provider.aeads().filter(({ name }) => name !== "ChaCha20-Poly1305"),
        keyExchanges: provider.keyExchanges.filter(({ name }) => name !== "secp521r1"),
      };
      for (const asked of [
        { cipherSuites: ["TLS_CHACHA20_POLY1305_SHA256"] },
        { groups: ["secp521r1"] },
      ] as const) {
        let error: unknown;
        try {
          library.checkOptions({ serverName, verifier: believer, ...asked }, poor);
        } catch (thrown) {
          error = thrown;
        }
        expect(error instanceof TlsError && error.code === "invalid_option", `got ${String(error)}`);
      }
    },
  },
];

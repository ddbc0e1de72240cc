import { alert } from "../../lab/script.ts";
import type { GroupName } from "../../src/crypto/groups.ts";
import type { CryptoProvider, Hash } from "../../src/crypto/provider.ts";
import type { Session } from "../../src/session/session.ts";
import { type Bytes, toHex } from "../../src/wire/bytes.ts";
import { type Case, expect, expectEqual, type Harness, within } from "./case.ts";
import { closeCleanly, exchangeData, type Meeting, meet, opened, refused, type Wishes } from "./meeting.ts";
import { acquaintance, meetAgain, together, visit } from "./returning.ts";

/** A provider that remembers every key that its HMACs gave, and what it was when it was new. */
function remembering(provider: CryptoProvider) {
  const made: { readonly bytes: Bytes; readonly hex: string }[] = [];
  const watched = (hash: Hash): Hash => ({
    ...hash,
    hmac: (key, message) => {
      const bytes = hash.hmac(key, message);
      made.push({ bytes, hex: toHex(bytes) });
      return bytes;
    },
  });
  const { hashes } = provider;
  const watching: CryptoProvider = {
    ...provider,
    hashes: {
      "SHA-256": watched(hashes["SHA-256"]),
      "SHA-384": watched(hashes["SHA-384"]),
      "SHA-512": watched(hashes["SHA-512"]),
    },
  };
  return { provider: watching, made };
}

/** The client had these secrets, and has them no more. */
function expectGone(
  made: ReturnType<typeof remembering>["made"],
  secrets: Readonly<Record<string, Uint8Array>>,
): void {
  for (const [name, secret] of Object.entries(secrets)) {
    const hex = toHex(secret);
    const copies = made.filter((one) => one.hex === hex);
    expect(copies.length > 0, `${name} was never derived`);
    for (const { bytes } of copies)
      expectEqual(toHex(bytes), "00".repeat(bytes.length), `${name} at the end`);
  }
}

/** Handshake traffic secrets, as the lab has them too. */
function handshakeSecrets({ lab }: Meeting) {
  const { client, server } = lab.context.handshakeSecrets;
  return {
    "the client's handshake secret": client.secret.slice(),
    "the server's handshake secret": server.secret.slice(),
  };
}

function applicationSecrets({ lab }: Meeting) {
  const { client, server } = lab.context.applicationSecrets;
  return {
    "the client's application secret": client.secret.slice(),
    "the server's application secret": server.secret.slice(),
  };
}

async function watch(harness: Harness) {
  const { provider, made } = remembering(harness.provider);
  return { harness: { ...harness, provider }, made };
}

const offering: Wishes = { server: { tickets: 1, ticket: { maxEarlyDataSize: 1000 } } };
const early: Wishes = { client: { earlyData: new Uint8Array(9) }, server: { earlyData: "accept" } };

/** A client that comes back, whose secrets are watched from then on. */
async function watchReturn(harness: Harness, first: Wishes = {}) {
  const known = acquaintance(harness);
  await visit(known, together(offering, { server: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] } }, first));
  const hash = harness.provider.hashes["SHA-256"];
  const psk = (known.sessions.held[0] as Session).psk();
  const earlySecret = hash.hmac(new Uint8Array(hash.length), psk);
  const { provider, made } = remembering(known.harness.provider);
  return { known: { ...known, harness: { ...known.harness, provider } }, made, earlySecret };
}

export const cases: readonly Case[] = [
  {
    name: "overwrites the secrets of a session and of early data once the handshake is done",
    rules: ["7.1/2"],
    run: async (given) => {
      const { known, made, earlySecret } = await watchReturn(given);
      const meeting = await meetAgain(known, early);
      await opened(meeting);
      const { client, exporter } = meeting.lab.context.earlySecrets;
      expectGone(made, {
        "the early secret": earlySecret,
        "the secret of early data": client.secret.slice(),
        ...handshakeSecrets(meeting),
      });
      const left = { "the early exporter's secret": exporter.secret.slice() };
      await closeCleanly(meeting);
      expectGone(made, left);
    },
  },
  ...(
    [
      ["declines it", {}, { server: { selectPsk: "decline" } }],
      ["chooses a suite of another hash", {}, { server: { cipherSuites: ["TLS_AES_256_GCM_SHA384"] } }],
      [
        "is not offered it for want of room",
        {
          bends: { messages: { NewSessionTicket: (body) => ({ ...body, ticket: new Uint8Array(65_400) }) } },
        },
        {},
      ],
    ] as readonly (readonly [string, Wishes, Wishes])[]
  ).map(
    ([what, first, second]): Case => ({
      name: `overwrites the secrets of a session where the server ${what}`,
      rules: ["7.1/2"],
      run: async (given) => {
        const { known, made, earlySecret } = await watchReturn(given, first);
        const meeting = await meetAgain(known, together(early, second));
        await opened(meeting);
        expectEqual(meeting.lab.context.choice.psk, undefined, "the PSK that the server selected");
        expectGone(made, { "the early secret": earlySecret });
        await closeCleanly(meeting);
      },
    }),
  ),
  {
    name: "overwrites the early exporter's secret where the handshake fails, and lets go of the source of early data",
    rules: ["6/5"],
    run: async (given) => {
      const { known, made } = await watchReturn(given);
      let returned = 0;
      const earlyData: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]: () => ({
          next: () => new Promise(() => {}),
          return: async () => {
            returned++;
            return { done: true, value: undefined };
          },
        }),
      };
      const meeting = await meetAgain(
        known,
        together(early, {
          client: { earlyData },
          bends: { messages: { Finished: () => ({ verifyData: new Uint8Array(32) }) } },
        }),
      );
      await within("the client is closed", meeting.client.closing);
      expectEqual(meeting.client.error?.code, "bad_finished", "the code");
      const { exporter } = meeting.lab.context.earlySecrets;
      expectGone(made, { "the early exporter's secret": exporter.secret });
      expectEqual(returned, 1, "how often the source was told");
    },
  },
  {
    name: "overwrites the secrets of the handshake once it is done, and the others with the connection",
    rules: ["7.1/2"],
    run: async (given) => {
      const { harness, made } = await watch(given);
      const meeting = await meet(harness);
      await opened(meeting);
      expectGone(made, handshakeSecrets(meeting));
      await exchangeData(meeting);
      const { resumptionSecret } = meeting.lab.context;
      expect(resumptionSecret !== undefined, "the lab has no resumption secret");
      await closeCleanly(meeting);
      expectGone(made, { ...applicationSecrets(meeting), "the resumption secret": resumptionSecret });
    },
  },
  ...(["opens", "fails"] as const).map(
    (how): Case => ({
      name: `overwrites the shares of both hellos once the handshake ${how}`,
      rules: ["7.1/2"],
      run: async (harness) => {
        const wiped: GroupName[] = [];
        const keyExchanges = harness.provider.keyExchanges.map((exchange) => ({
          ...exchange,
          generate: async () => {
            const share = await exchange.generate();
            return {
              publicKey: share.publicKey,
              agree: (peer: Bytes) => share.agree(peer),
              wipe: () => void wiped.push(exchange.name),
            };
          },
        }));
        const meeting = await meet(
          { ...harness, provider: { ...harness.provider, keyExchanges } },
          {
            client: { groups: ["x25519", "secp256r1", "secp384r1"], keyShares: ["x25519", "secp256r1"] },
            server: { groups: ["secp384r1"] },
            ...(how === "fails"
              ? { bends: { messages: { Finished: () => ({ verifyData: new Uint8Array(32) }) } } }
              : {}),
          },
        );
        if (how === "opens") await opened(meeting);
        else await refused(meeting, { code: "bad_finished", alert: "decrypt_error" });
        expectEqual(wiped, ["x25519", "secp256r1", "secp384r1"], "the shares that were overwritten");
        if (how === "opens") await closeCleanly(meeting);
      },
    }),
  ),
  {
    name: "overwrites the application secrets that a KeyUpdate has retired",
    rules: ["7.2/1"],
    run: async (given) => {
      const { harness, made } = await watch(given);
      const meeting = await meet(harness);
      await opened(meeting);
      meeting.connection.updateKeys();
      await exchangeData(meeting);
      // The lab's answer retires the server's, and has come with its data.
      expectGone(made, applicationSecrets(meeting));
      await closeCleanly(meeting);
    },
  },
  {
    name: "overwrites the secrets of a handshake that fails",
    rules: ["6/5"],
    run: async (given) => {
      const { harness, made } = await watch(given);
      const meeting = await meet(harness, {
        bends: { messages: { Finished: () => ({ verifyData: new Uint8Array(32) }) } },
        client: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] },
      });
      await refused(meeting, { code: "bad_finished", alert: "decrypt_error" });
      expectGone(made, handshakeSecrets(meeting));
    },
  },
  {
    name: "overwrites the secrets of a connection that fails",
    rules: ["6/5"],
    run: async (given) => {
      const { harness, made } = await watch(given);
      const meeting = await meet(harness);
      await opened(meeting);
      await meeting.lab.perform(alert("internal_error"));
      await within("the client is closed", meeting.client.closing);
      expectEqual(meeting.client.error?.code, "alert_received", "the code");
      expectGone(made, { ...handshakeSecrets(meeting), ...applicationSecrets(meeting) });
    },
  },
  {
    name: "overwrites the secrets of early data, and those of the session behind it",
    rules: ["7.1/2"],
    run: async (given) => {
      const { harness, made } = await watch(given);
      const known = acquaintance(harness);
      await visit(known, { server: { tickets: 1, ticket: { maxEarlyDataSize: 1000 } } });
      const { meeting } = await visit(known, {
        client: { earlyData: new Uint8Array(9) },
        server: { earlyData: "accept" },
      });
      const { client, exporter } = meeting.lab.context.earlySecrets;
      expectGone(made, {
        ...handshakeSecrets(meeting),
        ...applicationSecrets(meeting),
        "the early secret": client.secret,
        "the early exporter's secret": exporter.secret,
      });
    },
  },
];

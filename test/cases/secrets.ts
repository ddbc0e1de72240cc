import { alert } from "../../lab/script.ts";
import type { CryptoProvider, Hash } from "../../src/crypto/provider.ts";
import { type Bytes, toHex } from "../../src/wire/bytes.ts";
import { type Case, expect, expectEqual, type Harness, within } from "./case.ts";
import { closeCleanly, exchangeData, type Meeting, meet, opened, refused } from "./meeting.ts";
import { acquaintance, visit } from "./returning.ts";

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

export const cases: readonly Case[] = [
  {
    name: "overwrites the secrets of the handshake once it is done, and the others with the connection",
    rules: ["7.1/2"],
    run: async (given) => {
      const { harness, made } = await watch(given);
      const meeting = await meet(harness);
      await opened(meeting);
      expectGone(made, handshakeSecrets(meeting));
      await exchangeData(meeting);
      await closeCleanly(meeting);
      expectGone(made, applicationSecrets(meeting));
    },
  },
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

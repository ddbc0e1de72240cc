import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { captureToRun, openCapture } from "../../../../lab/page/capture/captureToRun.ts";
import { runToPcapng } from "../../../../lab/page/capture/runToPcapng.ts";
import type { ReadRun } from "../../../../lab/page/capture/wireToRun.ts";
import type { Run } from "../../../../lab/page/run.ts";
import { defaultProvider as nodeProvider } from "../../../../src/crypto/provider/node.ts";
import { defaultProvider as webProvider } from "../../../../src/crypto/provider/web.ts";
import { toLatin1 } from "../../../../src/wire/bytes.ts";
import { courses, runOf, told } from "./labRuns.ts";
import { hasTshark, tshark } from "./tshark.ts";

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

async function read(name: string, keys?: string, provider = nodeProvider): Promise<ReadRun> {
  const { conversations, keyLogs } = openCapture(await readFile(fixture(name)));
  expect(conversations.length).toBe(1);
  const beside = keys === undefined ? [] : [await readFile(fixture(keys), "latin1")];
  return captureToRun(conversations[0]!, [...keyLogs, ...beside], provider);
}

const said = ({ steps }: Run): string[] =>
  steps.flatMap((step) => (step.kind === "data" ? [`${step.from}: ${toLatin1(step.bytes).trimEnd()}`] : []));
const agreed = (run: Run): Record<string, string> =>
  Object.fromEntries(run.agreed.map(({ name, value }) => [name, value]));

const serverFlight = ["EncryptedExtensions", "Certificate", "CertificateVerify", "Finished"].map(
  (name) => `server ${name} handshake 0`,
);

describe("captures of OpenSSL, by dumpcap", () => {
  test("a full handshake, with the key log beside it", async () => {
    const { run, notes } = await read("plain.pcapng", "plain.keys");
    expect(notes).toEqual([]);
    expect(told(run)).toEqual([
      "client ClientHello none 0",
      "server ServerHello none 0",
      "server change_cipher_spec",
      ...serverFlight,
      "client change_cipher_spec",
      "client Finished handshake 0",
      "server NewSessionTicket application 0",
      "server NewSessionTicket application 0",
      "client 17 bytes application 0",
      "client alert close_notify application 0",
      "server 17 bytes application 0",
      "server alert close_notify application 0",
    ]);
    expect(said(run)).toEqual(["client: hello over there", "server: ereht revo olleh"]);
    expect(run.title).toMatch(/^server\.example, from 127\.0\.0\.1:\d+$/);
    expect(agreed(run)).toEqual({
      "Server name": "server.example",
      Version: "TLS 1.3",
      "Cipher suite": "TLS_AES_128_GCM_SHA256",
      Group: "x25519",
      Signature: "ecdsa_secp256r1_sha256",
    });
    expect(run.certificates.length).toBe(1);
    expect(run.end).toEqual({ kind: "opened" });
    expect(run.steps.at(-1)?.kind).toBe("closed");
    // Loopback takes no second, but the one who typed waited.
    expect(run.steps.at(-1)?.time).toBeGreaterThan(300);
    expect(run.steps[0]?.time).toBeLessThan(10);
  });

  test("key updates, with the key log within the file", async () => {
    const { run, notes } = await read("updates.pcapng");
    expect(notes).toEqual([]);
    expect(told(run).slice(-9)).toEqual([
      "server NewSessionTicket application 0",
      "client 7 bytes application 0",
      "server 7 bytes application 0",
      "client KeyUpdate application 0",
      "client 6 bytes application 1",
      "server KeyUpdate application 0",
      "server 6 bytes application 1",
      "client alert close_notify application 1",
      "server alert close_notify application 1",
    ]);
    expect(said(run)).toEqual(["client: before", "server: erofeb", "client: after", "server: retfa"]);
  });

  test("a second hello, over IPv6, in the older format", async () => {
    const { run, notes } = await read("retry.pcap", "retry.keys");
    expect(notes).toEqual([]);
    expect(told(run).slice(0, 9)).toEqual([
      "client ClientHello none 0",
      "server HelloRetryRequest none 0",
      "server change_cipher_spec",
      "client change_cipher_spec",
      "client ClientHello none 0",
      "server ServerHello none 0",
      ...serverFlight.slice(0, 3),
    ]);
    expect(agreed(run)).toMatchObject({ "Asked for a second hello": "yes", Group: "secp384r1" });
    expect(said(run)).toEqual(["client: hello with six", "server: xis htiw olleh"]);
    expect(run.title).toMatch(/^server\.example, from \[::1\]:\d+$/);
  });

  test("a certificate of the client's, in Linux's cooked packets", async () => {
    const { run, notes } = await read("client.pcap", "client.keys");
    expect(notes).toEqual([]);
    expect(told(run)).toEqual(
      expect.arrayContaining([
        "server CertificateRequest handshake 0",
        "client Certificate handshake 0",
        "client CertificateVerify handshake 0",
      ]),
    );
    expect(said(run)).toEqual(["client: who are you", "server: uoy era ohw"]);
  });

  test("early data", async () => {
    const { run, notes } = await read("early.pcapng");
    expect(notes).toEqual([]);
    expect(told(run)).toEqual([
      "client ClientHello none 0",
      "client change_cipher_spec",
      "client 12 bytes early 0",
      "server ServerHello none 0",
      "server change_cipher_spec",
      "server EncryptedExtensions handshake 0",
      "server Finished handshake 0",
      "client EndOfEarlyData early 0",
      "client Finished handshake 0",
      "server NewSessionTicket application 0",
      "client 11 bytes application 0",
      "client alert close_notify application 0",
      "server alert close_notify application 0",
    ]);
    expect(said(run)).toEqual(["client: early words", "client: late words"]);
  });

  test("without its key log, what is in the clear", async () => {
    const { run, notes } = await read("plain.pcapng");
    expect(told(run)).toEqual([
      "client ClientHello none 0",
      "server ServerHello none 0",
      "server change_cipher_spec",
      "client change_cipher_spec",
    ]);
    expect(notes).toEqual([
      "3 protected records of the client stayed closed: there are no secrets for this connection.",
      "8 protected records of the server stayed closed: there are no secrets for this connection.",
    ]);
  });

  test("the key log of another connection opens nothing", async () => {
    expect((await read("plain.pcapng", "retry.keys")).run).toEqual((await read("plain.pcapng")).run);
  });

  test.each(["plain", "client"])("the same with each provider: %s", async (name) => {
    const file = name === "plain" ? "plain.pcapng" : "client.pcap";
    expect(await read(file, `${name}.keys`, webProvider)).toEqual(await read(file, `${name}.keys`));
  });

  test.skipIf(!hasTshark).each([
    ["plain.pcapng", "plain.keys"],
    ["updates.pcapng", undefined],
    ["retry.pcap", "retry.keys"],
    ["client.pcap", "client.keys"],
    ["early.pcapng", undefined],
  ])("%s: the messages that tshark finds", async (name, keys) => {
    const { run } = await read(name, keys);
    const log = keys === undefined ? [] : ["-o", `tls.keylog_file:${fixture(keys)}`];
    const theirs = await tshark(
      fixture(name),
      ...log,
      "-Y",
      "tls.handshake",
      "-T",
      "fields",
      "-e",
      "tls.handshake.type",
    );
    const ours = run.steps.flatMap((step) => (step.kind === "message" ? [`${step.bytes[0]}`] : []));
    expect(ours).toEqual(theirs.split(/[\n,]/).filter((type) => type !== ""));
  });
});

describe("there and back", () => {
  test.each(Object.entries(courses))(
    "with %s: the same records, messages, alerts and secrets",
    async (_, make) => {
      const run = await runOf(await make());
      const { conversations, keyLogs } = openCapture(runToPcapng(run, { secrets: true }));
      expect(conversations.length).toBe(1);
      const { run: again, notes } = await captureToRun(conversations[0]!, keyLogs, nodeProvider);
      expect(notes).toEqual([]);
      expect(again.records).toEqual(run.records);
      const timeless = ({ steps }: Run) => steps.map(({ time: _, ...rest }) => rest);
      expect(timeless(again)).toEqual(timeless(run));
      for (const [index, { time, kind }] of run.steps.entries()) {
        // In the file time does not go back, and a step is as old as its last byte.
        if (kind !== "opened") expect(Math.abs(again.steps[index]!.time - time)).toBeLessThan(0.001);
      }
      expect(again.secrets).toEqual(run.secrets.filter(({ name }) => !name.includes("exporter")));
      expect([again.end, again.agreed, again.certificates]).toEqual([run.end, run.agreed, run.certificates]);
    },
  );
});

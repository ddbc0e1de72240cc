import { describe, expect, test } from "vitest";
import type { Field } from "../../src/messages/dissect.ts";
import { trusting } from "./files.ts";
import { jsonLines, tcpServer, tls13, tlsServer } from "./harness.ts";

/** What is the same in every run: without times, random bytes and the port. */
function golden(stderr: string): string {
  return stderr
    .replaceAll(/[\d.]+ ms/g, "T ms")
    .replaceAll(/ *─* +(?=T ms)/g, " ")
    .replaceAll(/ {2}[0-9a-f]{4} {2}([0-9a-f]{2} ){1,16}.*\n/g, "")
    .replaceAll(/[0-9a-f]{32,}/g, "HEX")
    .replaceAll(/\d+ bytes/g, "N bytes")
    .replaceAll(/127\.0\.0\.1:\d+/g, "ADDRESS");
}

describe("--trace", () => {
  test("each step, in its order", async () => {
    const { target } = await tlsServer({ ALPNProtocols: ["h2"] });
    const { code, stderr } = await tls13(["connect", target, ...trusting(), "--trace", "--alpn", "h2"]);
    expect(code).toBe(0);
    const steps = golden(stderr)
      .split("\n")
      .filter((line) => /^[·→←]/.test(line));
    expect(steps).toEqual([
      "· TCP connected to ADDRESS T ms",
      "→ ClientHello · N bytes · in the clear, record 0 T ms",
      "← ServerHello · N bytes · in the clear, record 0 T ms",
      "· handshake keys installed for writing: what we send is encrypted with them T ms",
      expect.stringMatching(/^(←|·)/),
      expect.stringMatching(/^(←|·)/),
      "← EncryptedExtensions · N bytes · handshake keys, record 0 T ms",
      "← Certificate · N bytes · handshake keys, record 1 T ms",
      "← CertificateVerify · N bytes · handshake keys, record 2 T ms",
      "← Finished · N bytes · handshake keys, record 3 T ms",
      "· application keys installed for reading: what comes is encrypted with them T ms",
      "→ change_cipher_spec, for middleboxes T ms",
      "→ Finished · N bytes · handshake keys, record 0 T ms",
      "· application keys installed for writing: what we send is encrypted with them T ms",
      "· the handshake is done: application data may flow T ms",
      "← NewSessionTicket · N bytes · application keys, record 0 T ms",
      "← NewSessionTicket · N bytes · application keys, record 1 T ms",
      expect.stringMatching(/alert close_notify/),
      expect.stringMatching(/alert close_notify/),
      "· closed T ms",
    ]);
    expect(steps.slice(4, 6).sort()).toEqual([
      "· handshake keys installed for reading: what comes is encrypted with them T ms",
      "← change_cipher_spec, for middleboxes T ms",
    ]);
  });

  test("fields by the RFC's names, code points by the registry's, and every byte", async () => {
    const { target } = await tlsServer();
    const { stderr } = await tls13(["connect", target, ...trusting(), "--trace", "--key-shares", "x25519"]);
    const lines = stderr.split("\n");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
    expect(stderr).not.toContain("\n\n\n");
    expect(stderr).not.toContain("\x1b");
    const start = lines.findIndex((line) => line.includes("ServerHello"));
    const hello = lines.slice(start, lines.indexOf("", start)).map((line) => golden(`${line}\n`).trimEnd());
    expect(hello).toEqual([
      "← ServerHello · N bytes · in the clear, record 0 T ms",
      "  0000  msg_type                    server_hello",
      "  0001  length                      118",
      "  0004  legacy_version              TLS 1.2",
      "  0006  random                      HEX",
      "  0026  legacy_session_id_echo      HEX",
      "  0047  cipher_suite                TLS_AES_256_GCM_SHA384",
      "  0049  legacy_compression_method   null",
      "  004a  extensions",
      "  004c    supported_versions        TLS 1.3",
      "  0052    key_share",
      "  0056      group                   x25519",
      "  0058      key_exchange            HEX",
    ]);
    const dump = lines.slice(lines.indexOf("", start) + 1);
    expect(dump[0]).toMatch(/^ {2}0000 {2}02 00 00 76 03 03( [0-9a-f]{2}){2} {2}([0-9a-f]{2} ){8} .{16}$/);
    expect(dump.slice(0, 8).map((line) => line.slice(2, 6))).toEqual([
      "0000",
      "0010",
      "0020",
      "0030",
      "0040",
      "0050",
      "0060",
      "0070",
    ]);
    expect(stderr).toMatch(
      /\n {2}[0-9a-f]{4} {6}- group {17}x25519\n {2}[0-9a-f]{4} {8}key_exchange {10}[0-9a-f]{64}\n/,
    );
    expect(stderr).toMatch(/ - cert_data +.*localhost \(\d+ bytes of DER\)/);
  });

  test("colours on a terminal, unless NO_COLOR asks for none", async () => {
    const { target } = await tlsServer();
    const args = ["connect", target, ...trusting(), "--trace"];
    expect((await tls13(args, { tty: true })).stderr).toContain("\x1b[");
    expect((await tls13(args, { tty: true, env: { NO_COLOR: "1" } })).stderr).not.toContain("\x1b");
    expect((await tls13(args)).stderr).not.toContain("\x1b");
  });

  test("steps of the verification, and the failure", async () => {
    const { target } = await tlsServer();
    const { code, stderr } = await tls13(["connect", target, "--trace"]);
    expect(stderr).toMatch(/\n[✓✗] \S/);
    expect(stderr).toMatch(/\n→ alert unknown_ca, handshake keys, record 0 +[\d.]+ ms\n/);
    expect(stderr).toContain("\ntls13: no path leads from the certificate to a trusted root");
    expect(code).toBe(4);
  });

  test("nothing was sent where TCP never stood", async () => {
    const { target, server } = await tcpServer(() => {});
    server.close();
    const { stderr } = await tls13(["connect", target, "--trace"]);
    expect(stderr).toMatch(/^tls13: no connection/);
  });
});

describe("--json", () => {
  test("an object a line: the same steps, bytes, and the tree of fields", async () => {
    const { target, port } = await tlsServer();
    const { code, stdout, stderr } = await tls13(["connect", target, ...trusting(), "--json"]);
    expect([code, stdout.toString()]).toEqual([0, "hello\n"]);
    const lines = jsonLines(stderr);
    for (const { kind, time } of lines) expect([typeof kind, typeof time]).toEqual(["string", "number"]);
    expect(lines[0]).toMatchObject({ kind: "tcp", peer: `127.0.0.1:${port}` });
    const messages = lines.filter(({ kind }) => kind === "message");
    expect(messages.map(({ direction, name }) => `${direction} ${name}`)).toEqual([
      "out ClientHello",
      "in ServerHello",
      "in EncryptedExtensions",
      "in Certificate",
      "in CertificateVerify",
      "in Finished",
      "out Finished",
      "in NewSessionTicket",
      "in NewSessionTicket",
    ]);
    for (const message of messages) {
      expect(Object.keys(message)).toEqual([
        "kind",
        "time",
        "direction",
        "name",
        "record",
        "bytes",
        "fields",
      ]);
      const fields = message["fields"] as Field;
      expect(fields).toMatchObject({
        name: message["name"],
        start: 0,
        end: (message["bytes"] as string).length / 2,
      });
      expect(fields.children[0]).toMatchObject({ name: "msg_type", start: 0, end: 1, children: [] });
    }
    expect(messages[1]).toMatchObject({ record: { epoch: "none", generation: 0, sequence: 0 } });
    expect(messages[2]).toMatchObject({ record: { epoch: "handshake", generation: 0, sequence: 0 } });
    expect(
      lines.filter(({ kind }) => kind === "keys").map(({ direction, epoch }) => `${direction} ${epoch}`),
    ).toEqual(["out handshake", "in handshake", "in application", "out application"]);
    expect(lines.filter(({ kind }) => kind === "alert").map(({ name }) => name)).toEqual([
      "close_notify",
      "close_notify",
    ]);
    expect(lines.find(({ kind }) => kind === "verification")).toMatchObject({ outcome: "passed" });
    expect(lines.at(-1)?.["kind"]).toBe("closed");
  });

  test("the keys of what was agreed are stable", async () => {
    const { target, port } = await tlsServer();
    const { stderr } = await tls13(["connect", target, ...trusting(), "--json"]);
    const connected = jsonLines(stderr).find(({ kind }) => kind === "connected") ?? {};
    expect(Object.keys(connected).sort()).toEqual(
      [
        ...[
          "kind",
          "time",
          "host",
          "port",
          "peer",
          "version",
          "cipherSuite",
          "group",
          "signatureScheme",
          "alpn",
        ],
        ...["serverName", "retried", "certificateRequested", "verified", "vouchedBy", "certificates", "path"],
        ...["authentication", "resumed", "pskIdentity", "earlyData", "clientCertificates", "connection"],
        ...["profile", "notes", "ocspResponse", "signedCertificateTimestamps", "times"],
      ].sort(),
    );
    expect(connected).toMatchObject({ host: "localhost", port, version: "TLS 1.3", verified: true });
    const { certificates, path, times } = connected as Record<string, Record<string, unknown>[]>;
    expect([certificates?.length, path?.length]).toEqual([2, 3]);
    expect(Object.keys(certificates?.[0] ?? {}).sort()).toEqual(
      ["subject", "issuer", "notBefore", "notAfter", "names", "key", "der"].sort(),
    );
    expect(times).toMatchObject({
      tcp: expect.any(Number),
      hello: expect.any(Number),
      finished: expect.any(Number),
    });
  });

  test("an error tells code, alert, exit code and what to do", async () => {
    const { target } = await tlsServer();
    const { code, stderr } = await tls13(["connect", target, "--json"]);
    expect(jsonLines(stderr).at(-1)).toMatchObject({
      kind: "error",
      code: "certificate_unknown_ca",
      message: expect.stringContaining("no path leads"),
      alert: { name: "unknown_ca", direction: "sent" },
      rules: [],
      hint: expect.stringContaining("--ca FILE"),
      exitCode: 4,
    });
    expect(code).toBe(4);
    const refused = await tls13(["connect", "localhost:1", "--json"]);
    expect(jsonLines(refused.stderr)).toMatchObject([
      { kind: "error", alert: null, verdict: null, exitCode: 2 },
    ]);
  });
});

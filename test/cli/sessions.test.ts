import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { RecordWire } from "../../lab/recordWire.ts";
import { LabServer } from "../../lab/server.ts";
import { sessionFile } from "../../src/cli/sessionFile.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { duplexTransport } from "../../src/node/duplexTransport.ts";
import { copyOf, fromAscii } from "../../src/wire/bytes.ts";
import { harnessWith } from "../handshake/harness.ts";
import { hasNginx, Nginx } from "../interop/nginx.ts";
import { hasOpenssl, OpensslServer } from "../interop/openssl.ts";
import { unhurried } from "../interop/unhurried.ts";
import { file, folder, trusting } from "./files.ts";
import { chain, greet, jsonLines, tcpServer, tls13, tlsServer } from "./harness.ts";

const request = "GET /session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/** An nginx on a port. */
async function nginx(settings = "ssl_early_data on;"): Promise<string> {
  const server = await Nginx.start(
    chain,
    "",
    `${settings} location /session { return 200 "reused $ssl_session_reused early $ssl_early_data\\n"; }`,
  );
  onTestFinished(() => server.close());
  const { port, close } = await unhurried(server.path);
  onTestFinished(close);
  return `localhost:${port}`;
}

interface Connected {
  readonly resumed: boolean;
  readonly connection: number;
  readonly earlyData: unknown;
  readonly authentication: string;
  readonly pskIdentity: string;
}

function connections(stderr: string): readonly Connected[] {
  return jsonLines(stderr).filter(({ kind }) => kind === "connected") as unknown as Connected[];
}

describe.skipIf(!hasNginx)("nginx", () => {
  test("--session: the second time the session is resumed, then early data is accepted", async () => {
    const target = await nginx();
    const sessions = join(folder(), "s.bin");
    const args = ["connect", target, ...trusting(), "--session", sessions];

    const first = await tls13(args, { stdin: request });
    expect(first.stdout.toString()).toMatch(/reused \. early \n$/);
    expect(first.stderr).toMatch(/\n {2}session +not resumed: a full handshake\n/);
    expect(first.code).toBe(0);
    expect(statSync(sessions).mode & 0o777).toBe(0o600);

    const second = await tls13(args, { stdin: request });
    expect(second.stdout.toString()).toMatch(/reused r early \n$/);
    expect(second.stderr).toMatch(/\n {2}verified +localhost, on the word of .*Test Root\n/);
    expect(second.stderr).toMatch(/\n {2}session +resumed\n/);
    expect(second.stderr).toMatch(/\n {2}trusted root +.*Test Root/);
    expect(second.code).toBe(0);

    const early = await tls13([...args, "--early-data", file(request)], { stdin: "" });
    expect(early.stdout.toString()).toMatch(/reused r early 1\n$/);
    expect(early.stderr).toMatch(/\n {2}session +resumed\n {2}early data +accepted: 61 bytes\n/);
    expect(early.code).toBe(0);

    const fromStdin = await tls13([...args, "--early-data", "-", "--json"], { stdin: request });
    expect(fromStdin.stdout.toString()).toMatch(/reused r early 1\n$/);
    expect(connections(fromStdin.stderr)).toMatchObject([
      { resumed: true, earlyData: { outcome: "accepted", taken: request.length, returned: 0 } },
    ]);
  });

  test("--reconnect: each connection is told, and gets all of standard input", async () => {
    const target = await nginx();
    const args = ["connect", target, ...trusting(), "--reconnect", "2"];
    const { stdout, stderr, code } = await tls13([...args, "--early-data", file(request)], {
      stdin: request,
    });
    expect(stdout.toString().match(/reused .*\n/g)).toEqual([
      "reused . early \n",
      "reused r early 1\n",
      "reused r early 1\n",
    ]);
    expect(stderr).toMatch(/\n {2}early data +not sent: there was no session to send 61 bytes with\n/);
    for (const connection of [2, 3]) {
      expect(stderr).toMatch(
        new RegExp(`\\n {2}connection ${connection} +resumed; early data accepted: 61 bytes; [\\d.]+ ms\\n`),
      );
    }
    expect(code).toBe(0);
  });

  test("what the server takes no more of is told, and not sent again", async () => {
    // A second hello is asked for, which ends early data (RFC 9846 §4.3.10).
    const target = await nginx("ssl_early_data on; ssl_ecdh_curve P-384;");
    const args = ["connect", target, ...trusting(), "--reconnect", "1", "--early-data", file(request)];
    const { stdout, stderr, code } = await tls13(args, { stdin: "" });
    expect(stdout.toString()).toBe("");
    expect(stderr).toMatch(
      /\n {2}connection 2 +resumed; early data rejected: the server took none of 61 bytes, and they are not\n +sent again; [\d.]+ ms\n/,
    );
    expect(code).toBe(0);
  });

  test("--trace shows the ticket, the offer and the end of early data", async () => {
    const target = await nginx();
    const args = ["connect", target, ...trusting(), "--trace", "--reconnect", "1"];
    const { stderr } = await tls13([...args, "--early-data", file(request)], { stdin: "" });
    expect(stderr).toMatch(/← NewSessionTicket · /);
    expect(stderr).toMatch(/pre_shared_key[\s\S]*obfuscated_ticket_age/);
    expect(stderr).toMatch(/early keys installed for writing/);
    expect(stderr).toMatch(/→ EndOfEarlyData · 4 bytes · early keys, record 1/);
  });
});

describe("--session", () => {
  test("a session is used once, and only for what it came from", async () => {
    // node:tls gives two tickets with a full handshake, and none with a resumed one.
    const { target, port } = await tlsServer();
    const sessions = join(folder(), "s.bin");
    const open = async (to: string, ...more: readonly string[]): Promise<boolean | undefined> => {
      const { stderr } = await tls13(["connect", to, "--session", sessions, "--json", ...more]);
      return connections(stderr)[0]?.resumed;
    };
    const trusted = trusting();
    expect(await open(target, ...trusted)).toBe(false);
    expect(await open(target, ...trusted, "--servername", "a.example.net")).toBe(false);
    expect(await open(`127.0.0.1:${port}`, ...trusted, "--servername", "localhost")).toBe(false);
    expect(await open(target, "--insecure")).toBe(false);
    expect(await open(target, ...trusted, "--alpn", "h2")).toBe(false);
    expect([
      await open(target, ...trusted),
      await open(target, ...trusted),
      await open(target, ...trusted),
    ]).toEqual([true, true, false]);
  });

  test("two programs never take the same, whatever they find", async () => {
    const path = join(folder(), "s.bin");
    const warnings: string[] = [];
    const one = sessionFile(path, (why) => warnings.push(why));
    const other = sessionFile(path, (why) => warnings.push(why));
    for (const byte of [1, 2, 3]) await one.push("here", Uint8Array.of(byte), 2, 60_000);
    await other.push("there", Uint8Array.of(9), 2, 60_000);
    await one.push("gone", Uint8Array.of(8), 2, -1);
    expect(await other.pop("here")).toEqual(Uint8Array.of(3));
    expect(await one.pop("here")).toEqual(Uint8Array.of(2));
    expect(await one.pop("here")).toBeUndefined();
    await one.push("here", Uint8Array.of(4), 2, 60_000);
    expect(readFileSync(path, "utf8")).not.toContain("gone");
    expect(await other.pop("there")).toEqual(Uint8Array.of(9));
    expect(warnings).toEqual([]);
  });

  test("a file that can't be written any more costs a warning, and no connection", async () => {
    const { target } = await tlsServer({}, (socket) => {
      writeFileSync(sessions, "something else");
      greet(socket);
    });
    const sessions = join(folder(), "s.bin");
    const { code, stdout, stderr } = await tls13(["connect", target, ...trusting(), "--session", sessions]);
    expect(stderr).toMatch(/tls13: warning: --session: can't write .*: it holds something else/);
    expect(stdout.toString()).toBe("hello\n");
    expect(code).toBe(0);
  });
});

// openssl and GnuTLS hold every such key to be for SHA-256.
test("--psk-hash: a key for suites of another hash", async () => {
  const key = "00112233445566778899aabbccddeeff";
  const labs: LabServer[] = [];
  const credentials = await harnessWith(defaultProvider).credentials("P-256");
  const { target } = await tcpServer(
    (socket) => {
      const options = {
        provider: defaultProvider,
        credentials,
        psks: [
          {
            kind: "external",
            identity: fromAscii("me"),
            key: copyOf(Buffer.from(key, "hex")),
            hash: "SHA-384",
          },
        ],
      } as const;
      labs.push(new LabServer(new RecordWire(defaultProvider, duplexTransport(socket, undefined)), options));
    },
    { allowHalfOpen: true },
  );
  const args = ["connect", target, "--psk", key, "--psk-identity", "me", "--json"];
  const { code, stderr } = await tls13([...args, "--psk-hash", "sha384"], { stdin: "" });
  expect(connections(stderr)).toMatchObject([
    { authentication: "external_psk", cipherSuite: "TLS_AES_256_GCM_SHA384" },
  ]);
  expect(code).toBe(0);
  // As a key for SHA-256 it is another: its binder is wrong.
  expect((await tls13(args, { stdin: "" })).code).toBe(3);
  expect(await Promise.all(labs.map(({ outcome }) => outcome))).toEqual(["opened", "failed"]);
});

describe.skipIf(!hasOpenssl)("--psk", () => {
  const key = "00112233445566778899aabbccddeeff";

  async function openssl(...args: readonly string[]): Promise<string> {
    const server = await OpensslServer.start(chain, ["-tls1_3", "-rev", ...args]);
    onTestFinished(() => server.close());
    return `localhost:${server.port}`;
  }

  test("a server that proves its key, and shows no certificate", async () => {
    const target = await openssl("-psk", key, "-psk_identity", "a client");
    const args = ["connect", target, "--psk", key, "--psk-identity", "a client"];
    const { code, stdout, stderr } = await tls13(args, { stdin: "abc\n" });
    expect(stdout.toString()).toBe("cba\n");
    expect(stderr).toMatch(
      /\n {2}verified +by a key that both sides were given \(PSK\) called a client; no certificate was shown\n/,
    );
    expect(stderr).not.toMatch(/\n {2}(certificate|signature|session) /);
    expect(code).toBe(0);
    const { stderr: json } = await tls13([...args, "--json"], { stdin: "abc\n" });
    expect(connections(json)).toMatchObject([
      { authentication: "external_psk", pskIdentity: Buffer.from("a client").toString("hex") },
    ]);
  });

  test("a server that knows another key under that name", async () => {
    const target = await openssl("-psk", "00".repeat(16), "-psk_identity", "a client");
    const { code, stderr } = await tls13(["connect", target, "--psk", key, "--psk-identity", "a client"]);
    expect(stderr).toMatch(/the server knows another key, or none, under this --psk-identity/);
    expect(code).toBe(3);
  });
});

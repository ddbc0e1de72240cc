import { createHash, randomBytes } from "node:crypto";
import dns from "node:dns";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import type net from "node:net";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import type tls from "node:tls";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { exitCodeOf } from "../../src/cli/exitCodes.ts";
import { boolean, objectIdentifier, octetString, sequence } from "../../src/der/writer.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { localError, peerError } from "../../src/wire/error.ts";
import { ruleRows } from "../../src/x509/rules.ts";
import { extensions, generalName, key, makeCertificate, makeChain, toPem } from "../certificates.ts";
import { crl, entry } from "../x509/revocation/makers.ts";
import { file, folder, trusting } from "./files.ts";
import { chain, greet, jsonLines, shown, spawnTls13, tcpServer, tls13, tlsServer } from "./harness.ts";

/** Ends the TCP connection below, without close_notify: behind the back of TLS. */
function cutOff(socket: tls.TLSSocket): void {
  (socket as unknown as { _parent: net.Socket })._parent.end();
}

describe("a server that can be trusted", () => {
  test("its bytes on standard output, what was agreed and who it is on standard error", async () => {
    const { target, port } = await tlsServer({ ALPNProtocols: ["http/1.1"] });
    const args = ["connect", target, ...trusting(), "--alpn", "h2,http/1.1"];
    const { code, stdout, stderr } = await tls13(args);
    expect(code).toBe(0);
    expect(stdout.toString()).toBe("hello\n");
    expect(stderr).toContain(`TLS 1.3 with localhost:${port} at 127.0.0.1:${port}`);
    expect(stderr).toMatch(/\n {2}verified +localhost, on the word of .*Test Root/);
    expect(stderr).toMatch(/\n {2}cipher suite +TLS_AES_256_GCM_SHA384/);
    expect(stderr).toMatch(/\n {2}key exchange +x25519\n/);
    expect(stderr).toMatch(/\n {2}signature +ecdsa_secp256r1_sha256/);
    expect(stderr).toMatch(/\n {2}ALPN +http\/1\.1/);
    expect(stderr).toMatch(/\n {2}certificate +.*localhost/);
    expect(stderr).toMatch(/\n {4}for +localhost, \*\.example\.net, 127\.0\.0\.1\n/);
    expect(stderr).toMatch(/\n {4}valid +\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, expires in (89|90) days/);
    expect(stderr).toMatch(/\n {4}key +.*P-256/);
    expect(stderr).toMatch(/\n {4}issuer +.*Test Intermediate 1/);
    expect(stderr).toMatch(/\n {2}issued by +.*Test Intermediate 1/);
    expect(stderr).toMatch(/\n {2}trusted root +.*Test Root/);
    expect(stderr).toMatch(
      /times, ms +TCP [\d.]+ → hello sent [\d.]+ → server's flight [\d.]+ → verified [\d.]+ → finished [\d.]+/,
    );
    const lines = stderr.split("\n");
    expect(lines.length).toBeLessThan(24);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });

  test("as a user runs it: an HTTP request on standard input", async () => {
    const { target } = await tlsServer({}, (socket) => {
      socket.once("data", (data) => socket.end(`you said ${data}`));
    });
    const { code, stdout, stderr } = await spawnTls13(
      ["connect", target, ...trusting()],
      "GET / HTTP/1.1\r\n\r\n",
    );
    expect(stdout.toString()).toBe("you said GET / HTTP/1.1\r\n\r\n");
    expect(stderr).toContain("TLS 1.3 with localhost");
    expect(code).toBe(0);
  });

  test("an address needs no name", async () => {
    const { port } = await tlsServer();
    const { code, stderr } = await tls13(["connect", `127.0.0.1:${port}`, ...trusting()]);
    expect(stderr).toMatch(/verified +127\.0\.0\.1/);
    expect(code).toBe(0);
  });

  test("--servername is asked for and verified in place of the host", async () => {
    let asked: unknown;
    const { target } = await tlsServer({}, (socket) => {
      asked = (socket as tls.TLSSocket & { servername: string }).servername;
      greet(socket);
    });
    const { code } = await tls13(["connect", target, ...trusting(), "--servername", "db.example.net"]);
    expect([code, asked]).toEqual([0, "db.example.net"]);
  });

  test("what is offered can be chosen", async () => {
    const { target } = await tlsServer({ ...shown(makeChain({ keyType: "RSA" })) });
    const { code, stderr } = await tls13([
      ...["connect", target, ...trusting(), "--json"],
      ...["--ciphers", "TLS_CHACHA20_POLY1305_SHA256", "--groups", "secp384r1,x25519"],
      ...["--sigalgs", "rsa_pss_rsae_sha512,ecdsa_secp256r1_sha256"],
    ]);
    expect(code).toBe(0);
    expect(jsonLines(stderr).find(({ kind }) => kind === "connected")).toMatchObject({
      cipherSuite: "TLS_CHACHA20_POLY1305_SHA256",
      group: "secp384r1",
      signatureScheme: "rsa_pss_rsae_sha512",
      alpn: null,
      retried: false,
      verified: true,
    });
  });

  test("no key shares cost a second hello, and the summary says so", async () => {
    const { target } = await tlsServer();
    const { code, stderr } = await tls13(["connect", target, ...trusting(), "--key-shares="]);
    expect(stderr).toContain("after the server asked for a second hello");
    expect(stderr).toMatch(/second hello [\d.]+ →/);
    expect(code).toBe(0);
  });

  test("--insecure shows that nothing was verified", async () => {
    const { target } = await tlsServer();
    const { code, stderr } = await tls13(["connect", target, "--insecure"], { tty: true });
    expect(stderr).toContain("NOT VERIFIED");
    expect(stderr).toContain("nothing was checked (--insecure): this may be anybody");
    expect(stderr).not.toContain("on the word of");
    expect(code).toBe(0);
    const { stderr: json } = await tls13(["connect", target, "--insecure", "--json"]);
    expect(jsonLines(json).find(({ kind }) => kind === "connected")).toMatchObject({ verified: false });
  });
});

describe("standard input and output", () => {
  test("the end of standard input ends our side only", async () => {
    const { target } = await tlsServer({ allowHalfOpen: true } as tls.TlsOptions, (socket) => {
      const heard: Buffer[] = [];
      socket.on("data", (data) => heard.push(data));
      socket.on("end", () => socket.end(`all of it: ${Buffer.concat(heard)}`));
    });
    const { code, stdout } = await tls13(["connect", target, ...trusting()], { stdin: "one two" });
    expect(stdout.toString()).toBe("all of it: one two");
    expect(code).toBe(0);
  });

  test("the server's end ends the program, although standard input is open", async () => {
    const { target } = await tlsServer();
    const stdin = new PassThrough();
    const { code, stdout } = await tls13(["connect", target, ...trusting()], { stdin });
    expect(stdout.toString()).toBe("hello\n");
    expect([code, stdin.destroyed]).toEqual([0, true]);
  });

  // As nginx does: a close_notify that it hears before it has answered, it answers with none.
  test("a server that wants to answer before it hears of the end gets to", async () => {
    const { target } = await tlsServer({ allowHalfOpen: true } as tls.TlsOptions, (socket) => {
      socket.on("end", () => {
        if (!socket.writableEnded) cutOff(socket);
      });
      socket.on("data", () => {
        setImmediate(() => setImmediate(() => socket.end("the answer")));
      });
    });
    const { code, stdout } = await tls13(["connect", target, ...trusting()], { stdin: "GET /" });
    expect(stdout.toString()).toBe("the answer");
    expect(code).toBe(0);
  });

  test("a server that just goes, asked for nothing, has cut nothing off", async () => {
    const go = (socket: tls.TLSSocket): void => {
      socket.on("end", () => cutOff(socket)).resume();
    };
    const { target } = await tlsServer({ allowHalfOpen: true } as tls.TlsOptions, go);
    const silent = await tls13(["connect", target, ...trusting()], { stdin: "" });
    expect([silent.code, silent.stderr.includes("truncated")]).toEqual([0, false]);
    const asked = await tls13(["connect", target, ...trusting()], { stdin: "GET /" });
    expect(asked.stderr).toContain("code truncated");
    expect(asked.code).toBe(3);
  });

  test("many bytes both ways, with a reader that takes its time", async () => {
    const bytes = randomBytes(4 << 20);
    const up = createHash("sha256");
    const { target } = await tlsServer({ allowHalfOpen: true } as tls.TlsOptions, (socket) => {
      socket.on("data", (data) => up.update(data));
      socket.on("end", () => socket.end(bytes));
    });
    const down = createHash("sha256");
    let most = 0;
    const stdout: Writable = new Writable({
      highWaterMark: 65536,
      write: (chunk, _encoding, done) => {
        most = Math.max(most, stdout.writableLength);
        down.update(chunk);
        setTimeout(done, 1);
      },
    });
    const stdin = new PassThrough();
    stdin.end(bytes);
    const { code } = await tls13(["connect", target, ...trusting()], { stdin, stdout });
    const expected = createHash("sha256").update(bytes).digest("hex");
    expect([code, up.digest("hex"), down.digest("hex")]).toEqual([0, expected, expected]);
    expect(most).toBeLessThan(1 << 20);
  });

  test("a reader who leaves early ends the connection, and is no failure", async () => {
    const { target } = await tlsServer({}, (socket) => {
      const more = (): void => {
        while (socket.write(Buffer.alloc(65536)));
      };
      socket.on("drain", more);
      more();
    });
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" })),
    });
    const { code, stderr } = await tls13(["connect", target, ...trusting()], { stdout });
    expect(code).toBe(0);
    expect(stderr).not.toContain("EPIPE");
  });
});

describe("the key log", () => {
  async function withServerLines(go: (target: string) => Promise<unknown>): Promise<string[]> {
    const { target, server } = await tlsServer();
    const lines: string[] = [];
    server.on("keylog", (line: Buffer) => lines.push(line.toString().trim()));
    await go(target);
    return lines.sort();
  }
  const linesOf = (path: string): string[] => readFileSync(path, "utf8").trim().split("\n").sort();

  test("--keylog appends the lines that the server has, too", async () => {
    const path = join(folder(), "keys");
    let before: string[] = [];
    for (let i = 0; i < 2; i++) {
      const lines = await withServerLines((target) =>
        tls13(["connect", target, ...trusting(), "--keylog", path], {
          env: { SSLKEYLOGFILE: "/no/such/file" },
        }),
      );
      expect(lines).toHaveLength(5);
      expect(linesOf(path)).toEqual([...before, ...lines].sort());
      before = linesOf(path);
    }
    // Whoever reads it can read the connections.
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("SSLKEYLOGFILE is honoured", async () => {
    const path = join(folder(), "keys");
    const lines = await withServerLines((target) =>
      tls13(["connect", target, ...trusting()], { env: { SSLKEYLOGFILE: path } }),
    );
    expect(linesOf(path)).toEqual(lines);
  });

  test("a SSLKEYLOGFILE that can't be written is a warning", async () => {
    const { target } = await tlsServer();
    const env = { SSLKEYLOGFILE: "/no/such/file" };
    const { code, stderr } = await tls13(["connect", target, ...trusting()], { env });
    expect(stderr).toMatch(/^tls13: warning: SSLKEYLOGFILE: can't write \/no\/such\/file: there is no such/);
    expect(code).toBe(0);
  });
});

describe("exit code 2: no connection", () => {
  test("nobody listens", async () => {
    const { target, port, server } = await tcpServer(() => {});
    server.close();
    await once(server, "close");
    const { code, stderr } = await tls13(["connect", target]);
    expect(stderr).toMatch(/^tls13: no connection to localhost:\d+: /);
    expect(stderr).toContain("code connect_failed");
    expect(stderr).toContain(`→ nothing listens on port ${port} there`);
    expect(code).toBe(2);
    const clear = await tls13(["connect", target, "--starttls", "smtp"]);
    expect(clear.stderr).toContain("nothing listens");
    expect(clear.code).toBe(2);
  });

  test("no such host", async () => {
    // RFC 6761 §6.4: this name exists nowhere. Without a network the lookup itself fails, which is no connection either.
    const { code, stderr } = await tls13(["connect", "no-such-host.invalid"]);
    expect(stderr).toContain("code connect_failed");
    expect(code).toBe(2);
  });

  test("the time is over before TCP stands", async () => {
    // A resolver that never answers: networks differ in what they do with addresses where nobody is.
    vi.spyOn(dns, "lookup").mockImplementation((() => {}) as unknown as typeof dns.lookup);
    onTestFinished(() => {
      vi.restoreAllMocks();
    });
    for (const more of [[], ["--starttls", "imap"]]) {
      const { code, stderr } = await tls13(["connect", "a.example:1", "--timeout", "100", ...more]);
      expect(stderr).toMatch(/^tls13: no connection to a\.example:1.* 100 ms\n/);
      expect(stderr).toContain("code connect_failed\n");
      expect(stderr).toContain("--timeout waits longer");
      expect(code).toBe(2);
    }
    expect(exitCodeOf(localError("timeout", "…"), false)).toBe(2);
    expect(exitCodeOf(localError("timeout", "…"), true)).toBe(3);
  });
});

describe("exit code 3: TLS failed", () => {
  test("the time is over after TCP stands", async () => {
    const { target } = await tcpServer(() => {});
    const { code, stderr } = await tls13(["connect", target, "--timeout", "150"]);
    expect(stderr).toMatch(/^tls13: the handshake took longer than 150 ms\n/);
    expect(stderr).toContain("code timeout · alert user_canceled (sent)");
    expect(stderr).toContain("--starttls");
    expect(code).toBe(3);
  });

  test("a server that speaks TLS 1.2 only", async () => {
    const { target } = await tlsServer({ minVersion: "TLSv1.2", maxVersion: "TLSv1.2" });
    const { code, stderr } = await tls13(["connect", target, ...trusting()]);
    expect(stderr).toContain("the server refused TLS 1.3");
    expect(stderr).toContain("alert protocol_version (received)");
    expect(stderr).toContain("→ this program speaks TLS 1.3 and nothing older");
    expect(code).toBe(3);
  });

  test("a server with nothing in common", async () => {
    const { target } = await tlsServer({ ciphers: "TLS_AES_128_GCM_SHA256" });
    const args = ["connect", target, ...trusting(), "--ciphers", "TLS_AES_256_GCM_SHA384"];
    const { code, stderr } = await tls13(args);
    expect(stderr).toContain("alert handshake_failure (received)");
    expect(stderr).toContain("try without --ciphers");
    expect(code).toBe(3);
  });

  test("a server that speaks none of the protocols", async () => {
    const { target } = await tlsServer({ ALPNProtocols: ["h2"] });
    const { code, stderr } = await tls13(["connect", target, ...trusting(), "--alpn", "imap"]);
    expect(stderr).toContain("alert no_application_protocol (received)");
    expect(stderr).toContain("it was offered imap");
    expect(code).toBe(3);
  });

  test("a server that does not speak TLS", async () => {
    const { target } = await tcpServer((socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const { code, stderr } = await tls13(["connect", target]);
    expect(stderr).toContain("code unexpected_record_type");
    expect(stderr).toContain("this port speaks HTTP without TLS");
    expect(code).toBe(3);
  });

  test("a connection that is cut", async () => {
    const { target } = await tlsServer({}, (socket) => {
      socket.write("half of", () => {
        // Behind the back of TLS: no close_notify.
        (
          socket as unknown as { _handle: { _parentWrap?: { destroy(): void } } }
        )._handle._parentWrap?.destroy();
        socket.destroy();
      });
    });
    const { code, stdout, stderr } = await tls13(["connect", target, ...trusting()]);
    expect(stdout.toString()).toBe("half of");
    expect(stderr).toMatch(/tls13: .*\n {7}code (truncated|transport_failed)/);
    expect(code).toBe(3);
  });
});

describe("exit code 4: the certificate is not trusted", () => {
  const day = 86_400_000;

  test("expired", async () => {
    const expired = makeChain({ notBefore: Date.now() - 90 * day, notAfter: Date.now() - 3 * day });
    const { target } = await tlsServer(shown(expired));
    const { code, stderr } = await tls13(["connect", target, ...trusting(expired)]);
    expect(stderr).toMatch(/^tls13: a certificate has expired/);
    expect(stderr).toContain("code certificate_expired · alert certificate_expired (sent)");
    expect(stderr).toMatch(/→ its own says .*, expired 3 days ago; this machine's clock says/);
    expect(code).toBe(4);
  });

  test("for another name", async () => {
    const other = makeChain({ names: ["www.example.com", "example.com"] });
    const { target } = await tlsServer(shown(other));
    const { code, stderr } = await tls13(["connect", target, ...trusting(other)]);
    expect(stderr).toMatch(/^tls13: the certificate is for another name: /);
    expect(stderr).toContain("code certificate_name_mismatch · alert bad_certificate (sent)");
    expect(stderr).toContain("→ if that is the server you want: --servername www.example.com\n");
    expect(code).toBe(4);
  });

  test("of an unknown CA", async () => {
    const { target } = await tlsServer();
    const system = await tls13(["connect", target]);
    expect(system.stderr).toMatch(/^tls13: no path leads from the certificate to a trusted root/);
    expect(system.stderr).toContain("code certificate_unknown_ca · alert unknown_ca (sent)");
    expect(system.stderr).toMatch(/issued by\s.*CN=Test /s);
    expect(system.stderr).toContain(
      "→ if this is a private CA that you trust, give its certificate with --ca FILE",
    );
    expect(system.code).toBe(4);
    const given = await tls13(["connect", target, ...trusting(makeChain({ label: "Other" }))]);
    expect(given.stderr).toContain("--ca replaces the system's roots");
    expect(given.code).toBe(4);
  });

  test("not readable as one", async () => {
    // A BOOLEAN that says its default is no DER; OpenSSL takes it.
    const notDer = sequence(objectIdentifier("1.2.3.4"), boolean(false), octetString(new Uint8Array(2)));
    const { target } = await tlsServer(shown(makeChain({ extensions: [notDer] })));
    const { code, stderr } = await tls13(["connect", target, ...trusting()]);
    expect(stderr).toMatch(/^tls13: a certificate can't be read/);
    expect(stderr).toContain("code certificate_malformed · alert bad_certificate (sent)");
    expect(code).toBe(4);
  });

  test("the ways that were tried stand below the reason, on one screen, and as data", async () => {
    const { target } = await tlsServer();
    const args = ["connect", target, ...trusting(makeChain({ label: "Other" }))];
    const { stderr } = await tls13(args);
    expect(stderr).toMatch(/\n {2}certificate +CN=localhost\n {4}for +localhost, /);
    expect(stderr).toMatch(
      /\n {2}tried +CN=localhost\n +└ CN=Test Intermediate 1\n +✗ anchor \(RFC 5280 §6\.1\.1 \(d\)\)\n/,
    );
    expect(stderr.split("\n").length).toBeLessThan(24);
    const { stderr: json } = await tls13([...args, "--json"]);
    expect(jsonLines(json).at(-1)).toMatchObject({
      kind: "error",
      verdict: {
        trusted: false,
        name: "localhost",
        failures: [{ rule: "anchor", certificate: { subject: "CN=Test Intermediate 1" } }],
        attempts: [{ path: [{ subject: "CN=localhost" }, { subject: "CN=Test Intermediate 1" }] }],
      },
    });
  });

  test("revoked, by a CRL that was given", async () => {
    const seconds = Math.floor(Date.now() / 1000);
    const [intermediate] = chain.intermediates as [Bytes];
    const issuer = {
      subject: "Test Intermediate 1",
      key: key("P-256", "Test intermediate 1"),
      der: intermediate,
    };
    const current = { issuer, thisUpdate: seconds - 3600, nextUpdate: seconds + 3600 };
    const { target } = await tlsServer();
    const list = file(crl({ ...current, entries: [entry(chain.leafDer)] }), "list.crl");
    const { code, stderr } = await tls13(["connect", target, ...trusting(), "--crl", list]);
    expect(stderr).toContain("code certificate_revoked · alert certificate_revoked (sent)");
    expect(stderr).toContain("→ its owner has to get a new one");
    expect(code).toBe(4);
    const clear = file(crl(current), "list.crl");
    const { stderr: summary } = await tls13(["connect", target, ...trusting(), "--crl", clear]);
    expect(summary).toMatch(
      /\n {2}revocation +the server stapled no OCSP response\n +not on the CRLs of its issuer: CN=localhost\n/,
    );
  });

  test("with a stapled OCSP response that is none", async () => {
    const { target, server } = await tlsServer();
    server.on("OCSPRequest", (_certificate, _issuer, answer: (error: null, response: Buffer) => void) =>
      answer(null, Buffer.from("3000", "hex")),
    );
    const { code, stderr } = await tls13(["connect", target, ...trusting()]);
    expect(stderr).toContain(
      "code certificate_status_invalid · alert bad_certificate_status_response (sent)",
    );
    expect(stderr).toMatch(/✗ CN=localhost: revocationStatus /);
    expect(code).toBe(4);
  });

  test("by the rules of --profile", async () => {
    const { target } = await tlsServer(shown(makeChain({ keyType: "Ed25519" })));
    const own = await tls13(["connect", target, ...trusting()]);
    expect(own.stderr).toMatch(/\n {2}profile +private, for the root is not on Mozilla's list\n/);
    expect(own.code).toBe(0);
    const selfSigned = makeCertificate({
      subject: "localhost",
      key: key("P-256"),
      extensions: [extensions.subjectAltName([generalName.dns("localhost")])],
    });
    const itself = await tlsServer({
      ...shown(chain),
      cert: toPem(selfSigned),
      key: toPem(key("P-256").pkcs8, "PRIVATE KEY"),
    });
    const pinned = await tls13(["connect", itself.target, "--ca", file(toPem(selfSigned))]);
    expect(pinned.stderr).toMatch(/\n {2}profile +private, for it is trusted itself\n/);
    const web = await tls13(["connect", target, ...trusting(), "--profile", "webpki"]);
    expect(web.stderr).toMatch(/\n {2}profile +webpki, as --profile asks\n/);
    expect(web.stderr).toContain("→ the profile private does not ask for it: --profile private");
    expect(web.stderr).toContain("✗ CN=localhost: webKey (Baseline Requirements §7.1.3.1)");
    expect(web.code).toBe(4);
    const document = await tls13(["connect", target, ...trusting(), "--profile", "rfc5280"]);
    expect(document.stderr).toMatch(/\n {2}profile +rfc5280, as --profile asks\n/);
    expect(document.code).toBe(0);
  });
});

test("every error that a verifier has for a certificate has exit code 4", () => {
  const codes = [...ruleRows.map(([, { code }]) => code), "certificate_rejected"] as const;
  for (const code of codes) expect(exitCodeOf(peerError(code, "…"), true), code).toBe(4);
  expect(exitCodeOf(peerError("no_certificate", "…"), true)).toBe(3);
});

import type tls from "node:tls";
import { describe, expect, test } from "vitest";
import { key, makeChain } from "../certificates.ts";
import { file, trusting } from "./files.ts";
import { jsonLines, tls13, tlsServer } from "./harness.ts";

const client = makeChain({ label: "Clients", names: ["client.example"], purposes: ["clientAuth"] });
const asking: tls.TlsOptions = { requestCert: true, rejectUnauthorized: true, ca: client.rootPem };

const encrypted = client.leafKey.privateKey.export({
  format: "pem",
  type: "pkcs8",
  cipher: "aes-256-cbc",
  passphrase: "secret",
}) as string;

const greetByName = (socket: tls.TLSSocket): void => {
  // From within the handshake OpenSSL can't say close_notify yet.
  setImmediate(() => socket.end(`hello ${socket.getPeerCertificate().subject.CN}\n`));
};

describe("a server that asks who the client is", () => {
  const identified = [
    ["two files", () => ["--cert", file(client.chainPem), "--key", file(client.leafKeyPem)]],
    ["one file", () => ["--cert", file(client.leafKeyPem + client.chainPem)]],
  ] as const;
  test.each(identified)("is shown the certificate of --cert, from %s", async (_, args) => {
    const { target } = await tlsServer(asking, greetByName);
    const { code, stdout, stderr } = await tls13(["connect", target, ...trusting(), ...args()]);
    expect(stdout.toString()).toBe("hello client.example\n");
    expect(stderr).toMatch(
      /\n {2}client +the server asked for a certificate; it was sent that of .*client\.example/,
    );
    expect(code).toBe(0);
  });

  test.each([
    ["two files", () => ["--cert", file(client.chainPem), "--key", file(encrypted)]],
    ["one file", () => ["--cert", file(encrypted + client.chainPem)]],
  ] as const)("is shown it where the key is encrypted, from %s", async (_, args) => {
    const { target } = await tlsServer(asking, greetByName);
    for (const line of ["secret", "secret\n", "secret\r\nand more\n"]) {
      const passphrase = ["--passphrase-file", file(line)];
      const { code, stdout } = await tls13(["connect", target, ...trusting(), ...args(), ...passphrase]);
      expect(stdout.toString()).toBe("hello client.example\n");
      expect(code).toBe(0);
    }
  });

  test("and in JSON", async () => {
    const { target } = await tlsServer(asking, greetByName);
    const args = ["--cert", file(client.chainPem), "--key", file(client.leafKeyPem), "--json"];
    const { stderr } = await tls13(["connect", target, ...trusting(), ...args]);
    expect(jsonLines(stderr).find(({ kind }) => kind === "connected")).toMatchObject({
      certificateRequested: true,
      clientCertificates: [
        { subject: expect.stringContaining("client.example") },
        { subject: expect.stringContaining("Clients Intermediate 1") },
      ],
    });
  });

  test("and refuses: the alert, and what to do", async () => {
    const { target } = await tlsServer(asking);
    const without = await tls13(["connect", target, ...trusting()]);
    expect(without.stderr).toMatch(/certificate_required \(received\)/);
    expect(without.stderr).toContain("--cert FILE");
    expect(without.code).toBe(3);
    const other = makeChain({ label: "Others", purposes: ["clientAuth"] });
    const args = ["--cert", file(other.chainPem), "--key", file(other.leafKeyPem)];
    // OpenSSL names the authorities that it takes, so the certificate of another is not sent.
    const refused = await tls13(["connect", target, ...trusting(), ...args]);
    expect(refused.stderr).toMatch(/another certificate than that of/);
    expect(refused.code).toBe(3);
  });
});

describe("usage", () => {
  test.each<readonly [string, () => readonly string[], RegExp]>([
    ["--key without --cert", () => ["--key", file(client.leafKeyPem)], /--key: expected the certificate/],
    ["a file that is not there", () => ["--cert", "/nowhere/cert.pem"], /--cert: can't read \/nowhere/],
    [
      "a key that is not there",
      () => ["--cert", file(client.chainPem), "--key", "/nowhere"],
      /--key: can't read/,
    ],
    [
      "--cert without any key",
      () => ["--cert", file(client.chainPem)],
      /--key: expected a private key in PEM/,
    ],
    ["no certificate", () => ["--cert", file(client.leafKeyPem)], /--cert: expected certificates in PEM/],
    [
      "the key of another certificate",
      () => ["--cert", file(client.chainPem), "--key", file(makeOther())],
      /--key: it is not the key of the first certificate/,
    ],
    [
      "an encrypted key",
      () => ["--cert", file(client.chainPem), "--key", file(encrypted)],
      /--key: it is encrypted; expected its passphrase as --passphrase-file/,
    ],
    [
      "an encrypted key and another passphrase",
      () => [
        "--cert",
        file(client.chainPem),
        "--key",
        file(encrypted),
        "--passphrase-file",
        file("Secret\n"),
      ],
      /--key: it can't be read, or the passphrase is wrong/,
    ],
    [
      "a passphrase that is not there",
      () => ["--cert", file(client.chainPem), "--key", file(encrypted), "--passphrase-file", "/nowhere"],
      /--passphrase-file: can't read \/nowhere/,
    ],
  ])("%s", async (_, args, says) => {
    const { code, stderr } = await tls13(["connect", "localhost:1", ...args()]);
    expect(stderr).toMatch(says);
    expect(code).toBe(1);
  });
});

function makeOther(): string {
  return key("P-256", "other").privateKey.export({ format: "pem", type: "pkcs8" }) as string;
}

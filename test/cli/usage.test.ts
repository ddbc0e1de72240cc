import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseCommand } from "../../src/cli/arguments.ts";
import { commandNames, optionsOf } from "../../src/cli/optionTable.ts";
import { makeChain, toPem } from "../certificates.ts";
import { file, folder } from "./files.ts";
import { spawnTls13, tls13 } from "./harness.ts";

describe("usage errors are one line that says what to do, and exit code 1", () => {
  const cases: readonly (readonly [args: string, line: string | RegExp])[] = [
    ["", 'no command given; try "tls13 connect HOST[:PORT]" or "tls13 verify CHAIN.pem --name NAME"'],
    [
      "fetch example.com",
      'unknown command "fetch"; try "tls13 connect HOST[:PORT]" or "tls13 verify CHAIN.pem --name NAME"',
    ],
    ["connect", 'connect needs a server: "tls13 connect HOST[:PORT]"'],
    ["connect a b", 'connect takes one server; "b" is one argument too many'],
    ["connect a --frobnicate", 'unknown option --frobnicate; "tls13 --help" lists them'],
    ["connect a --server-name b", "unknown option --server-name; did you mean --servername?"],
    ["connect a --cipher=b", "unknown option --cipher; did you mean --ciphers?"],
    ["connect a -k", 'unknown option -k; "tls13 --help" lists them'],
    ["connect a --json=yes", "--json takes no value"],
    ["connect a --alpn", "--alpn needs a value: --alpn VALUE"],
    ["connect a --alpn --json", "--alpn needs a value: --alpn VALUE"],
    ["connect a --alpn h2,,http/1.1", '--alpn expects names with commas between them, got "h2,,http/1.1"'],
    ["connect a --groups=", '--groups expects names with commas between them, got ""'],
    [
      "connect a --groups x448",
      /^--groups: expected a list of one or more of X25519MLKEM768, x25519, .*, got "x448"$/,
    ],
    ["connect a --ciphers RC4", /^--ciphers: expected .*TLS_AES_128_GCM_SHA256.*, got "RC4"$/],
    [
      "connect a --key-shares x25519 --groups secp256r1",
      /^--key-shares: expected .*secp256r1, got "x25519"$/,
    ],
    ["connect a --sigalgs rsa_pkcs1_sha256", /^--sigalgs: expected one at least that TLS 1.3 allows/],
    ["connect a --timeout 5s", '--timeout expects whole milliseconds, 0 for no limit; got "5s"'],
    ["connect a --timeout 99999999999", /^--timeout expects whole milliseconds/],
    ["connect a --reconnect 0", '--reconnect expects how often, from 1 to 9999; got "0"'],
    ["connect a --reconnect often", '--reconnect expects how often, from 1 to 9999; got "often"'],
    ["connect a --early-data x", "--early-data goes with a session: --session FILE, or --reconnect N"],
    [
      "connect a --reconnect 1 --early-data /no/such/file",
      "--early-data: can't read /no/such/file: there is no such file or folder",
    ],
    ["connect a --psk 00", "--psk HEX and --psk-identity TEXT go together"],
    ["connect a --psk-identity me", "--psk HEX and --psk-identity TEXT go together"],
    ["connect a --psk-hash sha384", "--psk-hash goes with --psk HEX"],
    [
      "connect a --psk-identity me --psk 00112233445566778899aabbccddeeff --psk-hash md5",
      '--psk-hash expects sha256, sha384; got "md5"',
    ],
    [
      "connect a --psk-identity me --psk 00112233445566778899aabbccddeeff --psk-hash sha384 --ciphers TLS_AES_128_GCM_SHA256",
      /^--psk: expected a cipher suite with SHA-384 for the key, got/,
    ],
    ["connect a --passphrase-file x", "--passphrase-file goes with --cert and --key"],
    ["connect a --psk-identity me --psk 0", "--psk expects the key in hexadecimal, two digits a byte"],
    [
      "connect a --psk-identity me --psk swordfish!",
      "--psk expects the key in hexadecimal, two digits a byte",
    ],
    ["connect a --psk-identity me --psk 001122", "--psk: expected 16 random bytes at least, got 3 bytes"],
    [
      "connect a --psk-identity= --psk 00112233445566778899aabbccddeeff",
      "--psk-identity: expected 1 to 65535 bytes, got 0 bytes",
    ],
    [
      "connect a --psk-identity me --psk 00112233445566778899aabbccddeeff --ciphers TLS_AES_256_GCM_SHA384",
      /^--psk: expected a cipher suite with SHA-256 for the key, got/,
    ],
    [
      "connect a --session /no/such/file",
      "--session: can't write /no/such/file: there is no such file or folder",
    ],
    ["connect a --starttls ftp", '--starttls expects smtp, imap, postgres; got "ftp"'],
    ["connect a:0", 'expected a port from 1 to 65535, got "0"'],
    ["connect a:https", 'expected a port from 1 to 65535, got "https"'],
    ["connect ::1", 'an IPv6 address goes in brackets: "tls13 connect [::1]", or [::1]:443'],
    ["connect https://example.com/x", 'expected HOST[:PORT], got a URL; try "tls13 connect example.com"'],
    ["connect a..b", /^HOST: .*"a\.\.b"/],
    ["connect a --servername 1.2.3.999", /^--servername: .*"1\.2\.3\.999"/],
    ["connect a --ca /no/such/file", "--ca: can't read /no/such/file: there is no such file or folder"],
    [
      "connect a --keylog /no/such/file",
      "--keylog: can't write /no/such/file: there is no such file or folder",
    ],
  ];

  test.each(cases)("tls13 %s", async (args, line) => {
    const { code, stdout, stderr } = await tls13(args.split(" ").filter((one) => one !== ""));
    expect(stderr).toMatch(/^tls13: [^\n]+\n$/);
    const words = stderr.slice("tls13: ".length, -1);
    if (typeof line === "string") expect(words).toBe(line);
    else expect(words).toMatch(line);
    expect(code).toBe(1);
    expect(stdout.length).toBe(0);
  });

  test("a file of --session that holds something else, which stays as it is", async () => {
    for (const text of ["hello", "{}", "[1]", '[{"partition":"a","until":"b","session":"c"}]', "[null]"]) {
      const path = file(text);
      const { code, stderr } = await tls13(["connect", "a", "--session", path]);
      expect(stderr).toBe(`tls13: --session: can't read ${path}: it holds something else than sessions\n`);
      expect(code).toBe(1);
      expect(readFileSync(path, "utf8")).toBe(text);
    }
  });

  test("a file of --ca that holds no certificate, or a folder", async () => {
    const notOne = file("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for (const path of [notOne, file("hello"), file("")]) {
      const { code, stderr } = await tls13(["connect", "a", "--ca", path]);
      expect(stderr).toBe(`tls13: --ca: ${path} holds no certificate that can be read, in PEM or DER\n`);
      expect(code).toBe(1);
    }
    const { code, stderr } = await tls13(["connect", "a", "--ca", folder()]);
    expect(stderr).toMatch(/^tls13: --ca: can't read .*: it is a folder\n$/);
    expect(code).toBe(1);
  });

  test("a file of several, one of which can't be read, will do", async () => {
    const bundle = `${toPem(new Uint8Array([0x30, 0x00]))}\n${makeChain().rootPem}`;
    const { code } = await tls13(["connect", "localhost:1", "--ca", file(bundle)]);
    expect(code).toBe(2);
    const der = await tls13(["connect", "localhost:1", "--ca", file(makeChain().rootDer)]);
    expect(der.code).toBe(2);
  });

  test("without a stack trace, as a user runs it", async () => {
    const { code, stdout, stderr } = await spawnTls13(["connect", "localhost", "--frobnicate"], "");
    expect(stderr).toBe('tls13: unknown option --frobnicate; "tls13 --help" lists them\n');
    expect([code, stdout.length]).toEqual([1, 0]);
  });
});

describe("what the arguments mean", () => {
  const target = (...args: string[]) => {
    const command = parseCommand(["connect", ...args]);
    if (command.kind !== "connect") throw new Error("expected connect");
    return command;
  };

  test.each([
    ["example.com", "example.com", 443],
    ["example.com:8443", "example.com", 8443],
    ["[::1]", "::1", 443],
    ["[2001:db8::1]:853", "2001:db8::1", 853],
    ["192.0.2.1:1", "192.0.2.1", 1],
  ])("%s as host and port", (given, host, port) => {
    expect(target(given)).toMatchObject({ host, port });
  });

  test("STARTTLS has ports of its own", () => {
    expect(target("a", "--starttls", "smtp").port).toBe(25);
    expect(target("a", "--starttls", "imap").port).toBe(143);
    expect(target("a", "--starttls", "postgres").port).toBe(5432);
    expect(target("a:587", "--starttls", "smtp").port).toBe(587);
  });

  test("no key shares at all is a choice", () => {
    expect(target("a").keyShares).toBeUndefined();
    expect(target("a", "--key-shares=").keyShares).toEqual([]);
    expect(target("a", "--key-shares", "").keyShares).toEqual([]);
    expect(target("a", "--key-shares", "x25519, secp256r1").keyShares).toEqual(["x25519", "secp256r1"]);
  });

  test("--ca may be repeated", () => {
    expect(target("a", "--ca", "b", "--ca", "c").caFiles).toEqual(["b", "c"]);
  });
});

describe("--help teaches, within 100 columns", () => {
  const help = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await tls13(args);
    expect([code, stderr]).toEqual([0, ""]);
    const text = stdout.toString();
    for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
    expect(text).toContain("\nExamples\n");
    return text;
  };
  const all = ["0  ended", "1  usage", "2  could not", "3  TLS or STARTTLS failed", "4  the certificate"];

  test.each(["--help", "-h", "help", "nonsense --help"])("of all: %s", async (line) => {
    const args = line.split(" ");
    const text = await help(args);
    for (const command of commandNames) expect(text).toContain(`\n  tls13 ${command} `);
    for (const exit of all) expect(text).toContain(`\n  ${exit}`);
  });

  test.each(commandNames)("of %s, with every option and exit code", async (command) => {
    const text = await help([command, "--help"]);
    expect(await help(["help", command])).toBe(text);
    expect(text).toMatch(new RegExp(`^tls13 ${command} `));
    for (const option of optionsOf[command]) expect(text).toContain(`--${option}`);
    const exits = command === "connect" ? all : ["0  trusted", "1  usage", "4  not trusted"];
    for (const exit of exits) expect(text).toContain(`\n  ${exit}`);
  });
});

test("--version", async () => {
  const { code, stdout } = await tls13(["--version"]);
  expect(stdout.toString()).toMatch(/^tls13 \d+\.\d+\.\d+/);
  expect(code).toBe(0);
});

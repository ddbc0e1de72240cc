import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ruleSources } from "../../src/cli/report/ruleSources.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { type RuleName, ruleRows, rules } from "../../src/x509/rules.ts";
import { extensions, generalName, key, makeCertificate, toPem } from "../certificates.ts";
import { authority, leaf, leafExtensions, root } from "../trust/judge.ts";
import { crl, ocspResponse, single, statuses, tlsFeature } from "../x509/revocation/makers.ts";
import { middle, strictLeaf } from "../x509/verdicts.ts";
import { file, folder } from "./files.ts";
import { type Outcome, spawnTls13, tls13 } from "./harness.ts";
import { refusals, unreachable } from "./refusals.ts";

const pem = (...ders: readonly Bytes[]): string => file(ders.map((der) => toPem(der)).join(""));
const trusting = (der: Bytes = root.der): readonly string[] => ["--ca", pem(der)];
const verify = (chain: readonly Bytes[], ...args: readonly string[]): Promise<Outcome> =>
  tls13(["verify", pem(...chain), ...args]);
const named = ["--name", "a.example"] as const;

const hash = expect.stringMatching(/^[\da-f]{64}$/);

/** The lines without their breaks: words may stand on two. */
const flat = (text: string): string => text.replace(/\s+/g, " ");

async function report(...given: Parameters<typeof verify>): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await verify(...given);
  expect(stderr).toBe("");
  const text = stdout.toString();
  for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  expect(text.split("\n").length).toBeLessThanOrEqual(30);
  return { code, text };
}

async function data(...given: Parameters<typeof verify>): Promise<Record<string, unknown>> {
  const [chain, ...args] = given;
  const { code, stdout, stderr } = await verify(chain, ...args, "--json");
  expect(stderr).toBe("");
  const verdict = JSON.parse(stdout.toString());
  expect(code).toBe(verdict.trusted ? 0 : 4);
  return verdict;
}

describe("a chain that is trusted", () => {
  const chain = [strictLeaf({ issuer: middle }), middle.der];

  test("by what path, for how long, by whose word and which rules", async () => {
    const { code, text } = await report(chain, ...named, ...trusting());
    expect(code).toBe(0);
    const lines = [
      /^\n {2}TRUSTED for a\.example\n/,
      /\n {2}vouched by +CN=Root, given with --ca\n/,
      /\n {2}profile +private, for the root is not on Mozilla's list\n/,
      /\n {2}revocation +not looked at: neither --crl nor --ocsp was given\n/,
      /\n {2}certificate +CN=a\.example\n {4}for +a\.example\n/,
      /\n {4}valid +\d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, expires in (89|90) days\n/,
      /\n {2}issued by +CN=Middle\n +until \d{4}-\d\d-\d\d, EC P-256\n/,
      /\n {2}trusted root +CN=Root\n/,
      /\n {2}SHA-256 +[\da-f]{64}\n/,
    ];
    for (const line of lines) expect(text).toMatch(line);
  });

  test("as data", async () => {
    const verdict = await data(chain, ...named, ...trusting(), "--at", "2027-01-01", "--depth", "1");
    expect(verdict).toMatchObject({
      trusted: true,
      name: "a.example",
      purpose: "server",
      time: "2027-01-01T00:00:00.000Z",
      depth: 1,
      words: "trusted by CN=Root",
      profile: "private",
      profileFrom: "anchor",
      path: [
        { subject: "CN=a.example", subjectAltNames: ["DNS:a.example"], sha256: hash },
        { subject: "CN=Middle", issuer: "CN=Root", sha256: hash },
      ],
      anchor: { subject: "CN=Root", sha256: hash, profile: "private" },
      notes: [],
      failures: [],
      attempts: [],
    });
  });

  test("as a user runs it", async () => {
    const { code, stdout } = await spawnTls13(["verify", pem(...chain), ...named, ...trusting()], "");
    expect(stdout.toString()).toContain("TRUSTED for a.example");
    expect(code).toBe(0);
  });

  test("in colours on a terminal only", async () => {
    const args = ["verify", pem(...chain), ...named, ...trusting()];
    const { stdout } = await tls13(args, { tty: true });
    expect(stdout.toString()).toContain("\x1b[32mTRUSTED\x1b[39m");
    expect((await tls13(args)).stdout.toString()).not.toContain("\x1b");
    const plain = await tls13(args, { tty: true, env: { NO_COLOR: "1" } });
    expect(plain.stdout.toString()).not.toContain("\x1b");
  });

  test("in any order behind the first, with strangers between, and alone in DER", async () => {
    const upper = authority("Upper", { issuer: root });
    const lower = authority("Lower", { issuer: upper });
    const own = strictLeaf({ issuer: lower });
    const mixed = [own, upper.der, authority("Nobody").der, root.der, lower.der];
    expect(await data(mixed, ...named, ...trusting())).toMatchObject({ trusted: true });
    const { code } = await tls13(["verify", file(strictLeaf(), "leaf.der"), ...named, ...trusting()]);
    expect(code).toBe(0);
    const { code: wrong } = await tls13(["verify", pem(lower.der, upper.der, own), ...named, ...trusting()]);
    expect(wrong).toBe(4);
  });

  test("that is trusted itself, beside others of --ca", async () => {
    const own = makeCertificate({ subject: "a.example", key: key("P-256"), extensions: leafExtensions });
    const { code, text } = await report([own], ...named, ...trusting(), ...trusting(own));
    expect(text).toMatch(/\n {2}vouched by +itself: it is given with --ca\n/);
    expect(text).toMatch(/\n {2}profile +private, for it is trusted itself\n/);
    expect(text).not.toContain("trusted root");
    expect(code).toBe(0);
  });
});

describe("each rule that is broken has its name, its source and its words", () => {
  test.each(Object.entries(refusals))(
    "%s",
    async (rule, { chain, root: by, args = () => [], words, advice }) => {
      const options = [...named, ...trusting(by ?? root.der), ...args()];
      const { code, text } = await report(chain, ...options);
      expect(code).toBe(4);
      expect(text).toMatch(/^\n {2}NOT TRUSTED for a\.example\n/);
      const source = ruleSources[rule as RuleName].replace("BR", "Baseline Requirements");
      expect(flat(text)).toContain(` ${rule} (${source})`);
      for (const expected of [words, advice ?? ""]) {
        if (typeof expected === "string") expect(flat(text)).toContain(expected);
        else expect(flat(text)).toMatch(expected);
      }
      const verdict = await data(chain, ...options);
      expect(verdict).toMatchObject({ trusted: false, path: [], anchor: null, notes: [] });
      const [first] = verdict["failures"] as Record<string, unknown>[];
      expect(first).toMatchObject({
        rule,
        source: ruleSources[rule as RuleName],
        code: rules[rule as RuleName].code,
      });
    },
  );

  test("there is a case for all of them, but for those that nothing here leads to", () => {
    const names = ruleRows.map(([name]) => name);
    expect([...Object.keys(refusals), ...unreachable].sort()).toEqual([...names].sort());
  });

  test("the sources are those of docs/certificates.md", () => {
    const page = readFileSync(new URL("../../docs/certificates.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` \| .*? \| (.*?) \| certificate_/gm)];
    const documented = Object.fromEntries(rows.map(([, name, source]) => [name, source]));
    // Callers ask for it in a question, users by an option.
    expect({ ...documented, depth: "--depth" }).toEqual(ruleSources);
  });
});

describe("a chain that is not trusted", () => {
  test("several reasons stand below each other, the first one first", async () => {
    const own = leaf({ subject: "b.example", extensions: leafExtensions.slice(2) });
    const args = [...named, ...trusting(), "--profile", "webpki"];
    const { text } = await report([own], ...args);
    expect(text).toMatch(/\n {2}because .*\n +authorityKeyIdentifier .*\n {2}besides .*\n +commonName /);
    expect(await data([own], ...args)).toMatchObject({
      profile: "webpki",
      profileFrom: "option",
      failures: ["authorityKeyIdentifier", "commonName", "webPurpose"].map((rule) =>
        expect.objectContaining({ rule }),
      ),
    });
  });

  test("the ways that were tried are a tree, each with its end", async () => {
    const day = 86_400_000;
    const old = authority("Old Root", {
      notBefore: Date.now() - 900 * day,
      notAfter: Date.now() - 100 * day,
    });
    const stranger = authority("Stranger");
    const signedBy = (issuer: typeof root): Bytes => authority("Middle", { key: middle.key, issuer }).der;
    const chain = [strictLeaf({ issuer: middle }), signedBy(stranger), signedBy(old)];
    const { text } = await report(chain, ...named, ...trusting(old.der));
    const tree = text
      .slice(text.indexOf("  tried"))
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(16));
    expect(tree.slice(0, 6)).toEqual([
      "CN=a.example",
      "├ CN=Middle",
      expect.stringMatching(/^│ ✗ anchor \(RFC 5280 §6\.1\.1 \(d\)\): CN=Middle was issued by CN=Stranger,/),
      expect.stringMatching(/^│ {3}\S/),
      "└ CN=Middle",
      "  └ CN=Old Root, trusted",
    ]);
    expect(tree[6]).toBe("    ✗ dates (RFC 5280 §4.1.2.5)");
    expect(text).toMatch(/\n {2}because +the trusted root CN=Old Root expired 100 days ago/);
    expect(await data(chain, ...named, ...trusting(old.der))).toMatchObject({
      attempts: [
        {
          path: [{ subject: "CN=a.example" }, { subject: "CN=Middle" }],
          anchor: null,
          failure: { rule: "anchor" },
        },
        {
          path: [{ subject: "CN=a.example" }, { subject: "CN=Middle" }],
          anchor: { subject: "CN=Old Root" },
          profile: "private",
          failure: { rule: "dates", certificate: null, anchor: { subject: "CN=Old Root" } },
        },
      ],
    });
  });

  test("many ways are told of in part", async () => {
    const stranger = authority("Stranger");
    const copies = Array.from(
      { length: 8 },
      () => authority("Middle", { key: middle.key, issuer: stranger }).der,
    );
    const { text } = await report([strictLeaf({ issuer: middle }), ...copies], ...named, ...trusting());
    expect(text.match(/✗/g)).toHaveLength(5);
    expect(text).toContain("and 3 more ways (--json tells of all)");
  });

  test("a self-signed certificate, and roots of --ca that can't be read, have advice of their own", async () => {
    const own = makeCertificate({ subject: "a.example", key: key("P-256"), extensions: leafExtensions });
    const system = await report([own], ...named);
    expect(system.text).toContain("if you trust this very certificate, give it with --ca FILE");
    const broken = file(`${toPem(root.der)}${toPem(new Uint8Array([0x30, 0x00]))}`);
    const { text } = await report([own], ...named, "--ca", broken);
    expect(flat(text)).toContain("of what was given with --ca some can't be read: ");
  });

  test("a stranger's text can't steer the terminal, nor be advice to paste", async () => {
    const odd = extensions.subjectAltName([
      generalName.dns("$(reboot)\x1b[2J"),
      generalName.dns("*.b.example"),
    ]);
    const { text } = await report(
      [leaf({ subject: "\x1b[31mA", extensions: [odd] })],
      ...named,
      ...trusting(),
    );
    expect(text).not.toContain("\x1b");
    expect(text).not.toContain("--name $");
    expect(text).not.toContain("→");
  });
});

describe("what is asked", () => {
  test("--at: a day, or a time with or without a zone", async () => {
    for (const [given, time] of [
      ["2027-01-01", "2027-01-01T00:00:00.000Z"],
      ["2027-01-01T12:30", "2027-01-01T12:30:00.000Z"],
      ["2027-01-01 12:30:05Z", "2027-01-01T12:30:05.000Z"],
      ["2027-01-01T12:30:05.9+02:00", "2027-01-01T10:30:05.000Z"],
    ] as const) {
      expect(await data([strictLeaf()], ...named, ...trusting(), "--at", given)).toMatchObject({ time });
    }
  });

  test("--at decides about dates", async () => {
    const own = strictLeaf({ notBefore: Date.UTC(2025, 0, 1), notAfter: Date.UTC(2025, 5, 1) });
    const { text } = await report([own], ...named, ...trusting(), "--at", "2025-05-31");
    expect(text).toMatch(/valid +2025-01-01 to 2025-06-01, expires in 1 day\n/);
    expect(await data([own], ...named, ...trusting(), "--at", "2025-06-02")).toMatchObject({
      failures: [{ rule: "dates", words: "expired 1 day ago (on 2025-06-01 at 00:00:00 UTC)" }],
    });
  });

  test("--purpose client needs no name; email takes a mailbox", async () => {
    const client = extensions.extendedKeyUsage("clientAuth");
    const mail = [
      extensions.extendedKeyUsage("emailProtection"),
      extensions.subjectAltName([generalName.email("me@b.example")]),
    ];
    const { text } = await report([leaf({ extensions: [client] })], "--purpose", "client", ...trusting());
    expect(text).toContain("TRUSTED for any name, as a client");
    const own = leaf({ extensions: mail });
    expect(await data([own], "--purpose", "email", "--name", "me@b.example", ...trusting())).toMatchObject({
      trusted: true,
      name: "me@b.example",
      purpose: "email",
    });
    expect(await data([own], "--purpose", "email", "--name", "you@b.example", ...trusting())).toMatchObject({
      failures: [{ rule: "name", words: "certificate is for me@b.example, wanted you@b.example" }],
    });
  });

  test("--profile: what private takes, the others need not", async () => {
    const own = strictLeaf({ subject: "b.example" });
    const outcomes: unknown[] = [];
    for (const profile of ["rfc5280", "webpki", "private"]) {
      outcomes.push((await data([own], ...named, ...trusting(), "--profile", profile))["trusted"]);
    }
    expect(outcomes).toEqual([true, false, true]);
  });

  test("addresses", async () => {
    const own = leaf({ extensions: [extensions.subjectAltName([generalName.ip("2001:db8::1")])] });
    expect(await data([own], "--name", "2001:DB8:0::1", ...trusting())).toMatchObject({ trusted: true });
  });
});

describe("revocation", () => {
  const seconds = Math.floor(Date.now() / 1000);
  const current = { thisUpdate: seconds - 3600, nextUpdate: seconds + 86_400 };

  test("CRLs, in PEM and DER, and what none covers", async () => {
    const lists = [
      file(crl({ issuer: root, ...current })),
      file(toPem(crl({ issuer: middle, ...current }), "X509 CRL")),
    ];
    const chain = [strictLeaf({ issuer: middle }), middle.der];
    const both = await report(
      chain,
      ...named,
      ...trusting(),
      "--crl",
      lists[0] as string,
      "--crl",
      lists[1] as string,
    );
    expect(both.text).toMatch(
      /\n {2}revocation +not on the CRLs of its issuer: CN=a\.example; CN=Middle\n\n/,
    );
    const verdict = await data(chain, ...named, ...trusting(), "--crl", lists[0] as string);
    expect(verdict).toMatchObject({
      trusted: true,
      notes: [
        { check: "crl", outcome: "passed" },
        { check: "crl", outcome: "absent", detail: "no CRL covers CN=a.example" },
      ],
    });
  });

  test("an OCSP response that says good, and one that says revoked", async () => {
    const own = strictLeaf();
    const answer = (status: Bytes): string =>
      file(
        ocspResponse({
          singles: [single({ certificate: own, issuer: root, status, ...current })],
          signer: root,
          producedAt: seconds - 3600,
        }),
      );
    const good = await report([own], ...named, ...trusting(), "--ocsp", answer(statuses.good));
    expect(good.text).toMatch(/\n {2}revocation +not revoked, said its issuer on /);
    const bad = await data(
      [own],
      ...named,
      ...trusting(),
      "--ocsp",
      answer(statuses.revoked(seconds - 7200)),
    );
    expect(bad).toMatchObject({ failures: [{ rule: "revoked" }] });
  });

  test("must-staple is told of where no response is given, for a file does not staple", async () => {
    const own = strictLeaf({ extensions: [...leafExtensions, tlsFeature(5)] });
    const { code, text } = await report([own], ...named, ...trusting());
    expect(flat(text)).toContain("a server with it has to staple an OCSP response (must-staple)");
    expect(code).toBe(0);
    const answer = ocspResponse({
      singles: [single({ certificate: own, issuer: root, ...current })],
      signer: root,
      producedAt: seconds - 3600,
    });
    const given = await report([own], ...named, ...trusting(), "--ocsp", file(answer));
    expect(flat(given.text)).toContain("the certificate demands a stapled OCSP response, and it came");
    expect(given.text).not.toContain("--ocsp");
  });
});

describe("usage errors and files that can't be read are one line, and exit code 1", () => {
  const none = "/no/such/file";
  const rows: readonly (readonly [args: (chain: string) => readonly string[], line: string | RegExp])[] = [
    [() => [], 'verify needs a file: "tls13 verify CHAIN.pem --name NAME"'],
    [(chain) => [chain], "verify needs the name that the server is reached by: --name NAME"],
    [
      (chain) => [chain, "b", ...named],
      'verify takes one file, with all certificates in it; "b" is one argument too many',
    ],
    [(chain) => [chain, "--name", "a..b"], '--name expects a DNS name or an IP address, got "a..b"'],
    [
      (chain) => [chain, "--name", "me@a.example"],
      '--name expects a DNS name or an IP address, got "me@a.example"',
    ],
    [
      (chain) => [chain, "--name", "a b", "--purpose", "email"],
      '--name expects a mailbox, a DNS name or an IP address, got "a b"',
    ],
    [
      (chain) => [chain, ...named, "--purpose", "code"],
      '--purpose expects server, client, email; got "code"',
    ],
    [
      (chain) => [chain, ...named, "--profile", "strict"],
      '--profile expects rfc5280, webpki, private; got "strict"',
    ],
    [(chain) => [chain, ...named, "--depth", "-1"], /--depth/],
    [(chain) => [chain, ...named, "--depth", "many"], /^--depth expects how many .*, got "many"$/],
    ...["yesterday", "2027-02-30", "2027-01-01T25:00", "2027-13-01", "1767225600", ""].map(
      (time): (typeof rows)[number] => [
        (chain) => [chain, ...named, `--at=${time}`],
        new RegExp(`^--at expects a time as 2026-01-31 .*, got "${time}"$`),
      ],
    ),
    [() => [none, ...named], `verify: can't read ${none}: there is no such file or folder`],
    [(chain) => [chain, ...named, "--ca", none], `--ca: can't read ${none}: there is no such file or folder`],
    [
      (chain) => [chain, ...named, "--crl", none],
      `--crl: can't read ${none}: there is no such file or folder`,
    ],
    [
      (chain) => [chain, ...named, "--ocsp", none],
      `--ocsp: can't read ${none}: there is no such file or folder`,
    ],
    [(chain) => [chain, ...named, "--crl", chain], /^--crl: .*: expected CRLs in PEM .*, got CERTIFICATE$/],
    [
      (chain) => [chain, ...named, "--ca", file("hello")],
      /^--ca: .* holds no certificate that can be read, in PEM or DER$/,
    ],
    [() => [file("hello"), ...named], /^verify: .*: expected certificates in PEM .*, got no PEM at all$/],
    [() => [file(toPem(key("P-256").pkcs8, "PRIVATE KEY")), ...named], /^verify: .*, got PRIVATE KEY$/],
    [
      () => [file("-----BEGIN CERTIFICATE-----\nMII"), ...named],
      /^verify: .*: line 1: a block begins and never ends$/,
    ],
    [
      (chain) => [chain, "--servername", "a"],
      "--servername is an option of connect, not of verify; did you mean --name?",
    ],
    [
      (chain) => [chain, ...named, "--timeout", "1"],
      '--timeout is an option of connect, not of verify; "tls13 verify --help" lists its own',
    ],
  ];
  test.each(rows.map(([args, line]) => [String(line), args, line] as const))("%s", async (_, args, line) => {
    const { code, stdout, stderr } = await tls13(["verify", ...args(pem(strictLeaf()))]);
    expect(stderr).toMatch(/^tls13: [^\n]+\n$/);
    const words = stderr.slice("tls13: ".length, -1);
    if (typeof line === "string") expect(words).toBe(line);
    else expect(words).toMatch(line);
    expect([code, stdout.length]).toEqual([1, 0]);
  });

  test("a folder", async () => {
    const { code, stderr } = await tls13(["verify", folder(), ...named]);
    expect(stderr).toMatch(/^tls13: verify: can't read .*: it is a folder\n$/);
    expect(code).toBe(1);
  });
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenssl) console.log("no openssl command: tls13 verify is not tried on its certificates");

test.skipIf(!hasOpenssl)("what openssl req -x509 makes by default is trusted where it is given", async () => {
  const cwd = folder();
  const subject = ["-subj", "/CN=a.example", "-addext", "subjectAltName=DNS:a.example"];
  const made = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "own.pem"];
  execFileSync("openssl", [...made, ...subject], { cwd, stdio: "pipe" });
  const own = join(cwd, "own.pem");
  const trusted = await tls13(["verify", own, ...named, "--ca", own]);
  expect(trusted.stdout.toString()).toMatch(/\n {2}profile +private, for it is trusted itself\n/);
  expect(trusted.code).toBe(0);
  const web = await tls13(["verify", own, ...named, "--ca", own, "--profile", "webpki"]);
  expect(web.stdout.toString()).toContain("webLeaf (Baseline Requirements §7.1.2.7.8)");
  expect(web.code).toBe(4);
});

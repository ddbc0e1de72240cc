// Certificates as the openssl command makes them when it is asked for little: the ones that people have.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bytes } from "../../src/wire/bytes.ts";
import { certificatesFromPem } from "../../src/x509/pem.ts";
import { brokenRule, verdictOn } from "./verdicts.ts";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
if (!hasOpenssl) console.log("no openssl command: its default certificates are not tried");

describe.skipIf(!hasOpenssl)("certificates of the openssl command", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "openssl-defaults-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const openssl = (...args: readonly string[]): void => {
    execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  };
  const read = (file: string): Bytes =>
    certificatesFromPem(readFileSync(join(folder, file), "latin1"))[0] as Bytes;
  const names = ["-addext", "subjectAltName=DNS:a.example"] as const;
  const keyOf = (name: string): readonly string[] => [
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    `${name}.key`,
  ];
  const selfSigned = (name: string, ...more: readonly string[]): Bytes => {
    openssl("req", "-x509", ...keyOf(name), "-subj", `/CN=${name}`, ...more, "-out", `${name}.pem`);
    return read(`${name}.pem`);
  };

  test("a self-signed one is taken where it is trusted itself", async () => {
    const own = selfSigned("self", ...names);
    expect(await verdictOn({ chain: [own], roots: [own] })).toMatchObject({
      trusted: true,
      profile: "private",
    });
    expect(await brokenRule({ chain: [own] })).toBe("anchor");
    expect(await brokenRule({ chain: [own], roots: [own], name: "b.example" })).toBe("name");
  });

  test("one of a CA of one's own is taken, made either way", async () => {
    const root = selfSigned("ca");
    openssl("req", ...keyOf("own"), "-subj", "/CN=own", ...names, "-out", "own.csr");
    const by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-out"] as const;
    openssl(
      "x509",
      "-req",
      "-in",
      "own.csr",
      "-copy_extensions",
      "copy",
      "-CAcreateserial",
      ...by,
      "signed.pem",
    );
    openssl(
      "x509",
      "-req",
      "-in",
      "own.csr",
      "-copy_extensions",
      "copy",
      "-set_serial",
      "0",
      ...by,
      "zero.pem",
    );
    for (const file of ["signed.pem", "zero.pem"]) {
      expect(await brokenRule({ chain: [read(file)], roots: [root] }), file).toBeUndefined();
      expect(await brokenRule({ chain: [read(file), root], roots: [root] }), file).toBeUndefined();
    }
  });

  test("one without extensions is of version 1, and for nobody", async () => {
    const root = selfSigned("plain-ca");
    openssl("req", ...keyOf("plain"), "-subj", "/CN=a.example", "-out", "plain.csr");
    openssl(
      "x509",
      "-req",
      "-in",
      "plain.csr",
      "-CA",
      "plain-ca.pem",
      "-CAkey",
      "plain-ca.key",
      "-CAcreateserial",
      "-out",
      "plain.pem",
    );
    const rule = await brokenRule({ chain: [read("plain.pem")], roots: [root] });
    expect(["version", "name"]).toContain(rule);
  });
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { TrustStore } from "../../src/trust/trustStore.ts";
import { certificatesFromPem } from "../../src/x509/pem.ts";
import { subjectOf } from "../../src/x509/trustAnchor.ts";
import { toPem } from "../certificates.ts";
import { authority } from "./judge.ts";

const folder = mkdtempSync(join(tmpdir(), "roots-"));
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

beforeEach(() => {
  vi.resetModules();
  vi.stubEnv("SSL_CERT_FILE", "");
  vi.stubEnv("NODE_EXTRA_CA_CERTS", "");
});
afterEach(() => {
  vi.unstubAllEnvs();
});

async function systemRoots(): Promise<TrustStore> {
  return (await import("../../src/node/roots.ts")).systemRoots();
}

const holds = (store: TrustStore, der: Uint8Array<ArrayBuffer>): boolean =>
  store.named(der, subjectOf(der)).length > 0;
const one = authority("One");
const two = authority("Two");

describe("the system's roots", () => {
  test("are Node's", async () => {
    const store = await systemRoots();
    for (const pem of tls.rootCertificates.slice(0, 20)) {
      expect(holds(store, certificatesFromPem(pem)[0] as Uint8Array<ArrayBuffer>)).toBe(true);
    }
    expect(holds(store, one.der)).toBe(false);
  });

  test("and those of both files, once they are gathered", async () => {
    vi.stubEnv("SSL_CERT_FILE", file("one.pem", `# mine\r\n${toPem(one.der)}`));
    vi.stubEnv("NODE_EXTRA_CA_CERTS", file("two.pem", toPem(two.der)));
    const { systemRoots: gather } = await import("../../src/node/roots.ts");
    const store = gather();
    expect(holds(store, one.der) && holds(store, two.der)).toBe(true);
    vi.stubEnv("SSL_CERT_FILE", join(folder, "gone.pem"));
    expect(gather()).toBe(store);
  });

  test("go by the rules for the web where Mozilla lists them, whatever file they are from, and else by private ones", async () => {
    const bundle = readFileSync(new URL("../vectors/debian-roots.pem", import.meta.url), "latin1");
    const [first] = certificatesFromPem(bundle);
    vi.stubEnv(
      "SSL_CERT_FILE",
      file("first.pem", `${toPem(first as Uint8Array<ArrayBuffer>)}${toPem(one.der)}`),
    );
    vi.stubEnv("NODE_EXTRA_CA_CERTS", file("bundle.pem", bundle));
    const store = await systemRoots();
    const profiles = (der: Uint8Array<ArrayBuffer>) =>
      new Set(store.named(der, subjectOf(der)).map(({ profile }) => profile));
    const listed = certificatesFromPem(bundle).filter((der) => profiles(der).has("webpki"));
    expect(listed).toHaveLength(100);
    expect(profiles(one.der)).toEqual(new Set(["private"]));
    expect(store.unreadable()).toEqual([]);
  });

  test.each(["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"])(
    "can't be gathered where %s names no file of certificates",
    async (variable) => {
      vi.stubEnv(variable, join(folder, "gone.pem"));
      await expect(systemRoots()).rejects.toMatchObject({
        code: "invalid_option",
        message: expect.stringMatching(
          new RegExp(`^${variable}: can't take roots from .*gone\\.pem: .*ENOENT`),
        ),
      });
      vi.resetModules();
      vi.stubEnv(variable, file("empty.pem", "nothing"));
      await expect(systemRoots()).rejects.toMatchObject({
        code: "invalid_option",
        message: expect.stringContaining(
          "expected certificates in PEM (-----BEGIN CERTIFICATE-----), got no PEM at all",
        ),
      });
    },
  );
});

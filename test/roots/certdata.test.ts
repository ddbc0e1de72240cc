import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { trustedForServers } from "../../scripts/certdata.mjs";
import { DerCursor } from "../../src/der/cursor.ts";
import { integer } from "../../src/der/writer.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { subjectOf } from "../../src/x509/trustAnchor.ts";
import { distinguishedName, extensions, generalName } from "../certificates.ts";
import { type Authority, authority } from "../trust/judge.ts";

const octal = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
const block = (name: string, bytes: Uint8Array): string =>
  `${name} MULTILINE_OCTAL\n${octal(bytes).replace(/(.{64})/g, "$1\n")}\nEND\n`.replace("\n\nEND", "\nEND");

const date = (text: string): string => block("CKA_NSS_SERVER_DISTRUST_AFTER", new TextEncoder().encode(text));
const noDate = "CKA_NSS_SERVER_DISTRUST_AFTER CK_BBOOL CK_FALSE\n";

interface Bent {
  readonly trust?: string;
  readonly inCertificate?: string;
  readonly inTrust?: string;
  readonly hash?: Uint8Array;
  readonly subject?: Bytes;
  readonly serial?: number;
}

/** One root as the list has it: the certificate's entry, and that of its trust. */
function entries({ der, subject }: Authority, bent: Bent = {}): string {
  const span = subjectOf(der);
  const identity = (serial: number): string =>
    block("CKA_ISSUER", der.slice(span.start, span.end)) + block("CKA_SERIAL_NUMBER", integer(serial));
  const sha1 = createHash("sha1").update(der).digest();
  return `
# Certificate "${subject}"
CKA_CLASS CK_OBJECT_CLASS CKO_CERTIFICATE
CKA_LABEL UTF8 "${subject}"
${block("CKA_SUBJECT", bent.subject ?? der.slice(span.start, span.end))}${identity(bent.serial ?? 1)}${block("CKA_VALUE", der)}${bent.inCertificate ?? noDate}
# Trust for "${subject}"
CKA_CLASS CK_OBJECT_CLASS CKO_NSS_TRUST
CKA_LABEL UTF8 "${subject}"
${block("CKA_CERT_SHA1_HASH", bent.hash ?? sha1)}${identity(1)}${bent.inTrust ?? ""}CKA_TRUST_SERVER_AUTH CK_TRUST ${bent.trust ?? "CKT_NSS_TRUSTED_DELEGATOR"}
`;
}

const list = (...parts: readonly string[]): string =>
  `# CKA_CLASS and so on\nBEGINDATA\nCKA_CLASS CK_OBJECT_CLASS CKO_NSS_BUILTIN_ROOT_LIST\n${parts.join("")}`;
const one = authority("One", { pathLength: 2 });
const two = authority("Two");

describe("a root of certdata.txt", () => {
  test("is its name, key and path length", () => {
    const [root, ...others] = trustedForServers(list(entries(one)));
    expect(others).toEqual([]);
    expect(root).toMatchObject({ label: "One", pathLength: 2, distrustAfter: undefined, permitted: [] });
    expect(new Uint8Array(root?.certificate ?? [])).toEqual(one.der);
    expect(new Uint8Array(root?.spki ?? [])).toEqual(one.key.spki);
    expect(new DerCursor(root?.subject ?? new Uint8Array()).nextTag).toBe(0x30);
    expect(new Uint8Array(root?.subject ?? [])).toEqual(distinguishedName("One"));
  });

  test.each(["CKT_NSS_MUST_VERIFY_TRUST", "CKT_NSS_NOT_TRUSTED", "CKT_NSS_TRUST_UNKNOWN"])(
    "is left out with %s",
    (trust) => {
      const roots = trustedForServers(list(entries(one, { trust }), entries(two)));
      expect(roots.map(({ label }) => label)).toEqual(["Two"]);
    },
  );

  test("is left out without an entry of its trust", () => {
    expect(trustedForServers(list(entries(one, { serial: 2 })))).toEqual([]);
  });

  test("has its date of distrust wherever that stands, and the earlier of two", () => {
    const dateOf = (bent: Bent) => trustedForServers(list(entries(one, bent)))[0]?.distrustAfter;
    expect(dateOf({ inCertificate: date("241130235959Z") })).toBe(Date.UTC(2024, 10, 30, 23, 59, 59) / 1000);
    expect(dateOf({ inTrust: date("260415235959Z") })).toBe(Date.UTC(2026, 3, 15, 23, 59, 59) / 1000);
    const both = { inCertificate: date("260415235959Z"), inTrust: date("241130235959Z") };
    expect(dateOf(both)).toBe(Date.UTC(2024, 10, 30, 23, 59, 59) / 1000);
    expect(() => dateOf({ inCertificate: date("20241130235959Z") })).toThrow("no date");
  });

  test("is held to the names that NSS has in its code", () => {
    const tubitak = authority("TUBITAK Kamu SM SSL Kok Sertifikasi - Surum 1");
    expect(trustedForServers(list(entries(tubitak)))[0]?.permitted).toEqual([".tr"]);
  });

  test.each<[what: string, Bent, Authority?]>([
    ["another hash", { hash: new Uint8Array(20) }],
    ["another subject", { subject: distinguishedName("Two") }],
    [
      "name constraints of its own",
      {},
      authority("Constrained", {
        more: [extensions.nameConstraints({ permitted: [generalName.dns("x")] })],
      }),
    ],
    ["a certificate that may not issue", {}, authority("Leaf", { extensions: [] })],
  ])("is refused with %s", (_, bent, root = one) => {
    expect(() => trustedForServers(list(entries(root, bent)))).toThrow(root.subject);
  });

  test("is refused with digits that are not octal", () => {
    const broken = entries(one).replace("\\060", "\\080");
    expect(() => trustedForServers(list(broken))).toThrow("no octal digits");
  });
});

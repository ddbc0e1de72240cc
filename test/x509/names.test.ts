import net from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bytes, toHex } from "../../src/wire/bytes.ts";
import { parseCertificate } from "../../src/x509/certificate.ts";
import { findName, parseIPv4, parseIPv6, parseReferenceName } from "../../src/x509/names.ts";
import { addressBytes, extensions, generalName } from "../certificates.ts";
import { judge, leaf, refusal, refused } from "../trust/judge.ts";

const forNames = (...names: readonly Bytes[]): Bytes =>
  leaf({ extensions: [extensions.subjectAltName(names)] });

const dns = (...names: readonly string[]): Bytes => forNames(...names.map(generalName.dns));

describe("a certificate is for", () => {
  test.each([
    ["a.example", ["a.example"]],
    ["a.example", ["b.example", "a.example"]],
    ["A.eXample", ["a.Example"]],
    ["az.example", ["AZ.EXAMPLE"]],
    ["a.example.", ["a.example"]],
    ["www.a.example", ["*.a.example"]],
    ["WWW.a.example", ["*.A.example"]],
    ["xn--mnchen-3ya.example", ["*.example", "xn--mnchen-3ya.example"]],
    ["münchen.example", ["xn--mnchen-3ya.example"]],
    ["xn--mnchen-3ya.a.example", ["*.a.example"]],
    ["localhost", ["localhost"]],
    ["my_host.a.example", ["my_host.a.example"]],
    ["_x.a.example", ["*.a.example"]],
    ["1.a.example", ["1.a.example"]],
  ])("%s: the names %j fit", async (serverName, names) => {
    expect((await judge({ chain: [dns(...names)], serverName })).verified).toBe(true);
  });

  test.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::1", "::1"],
    ["2001:DB8::1", "2001:db8::1"],
    ["2001:db8:0:0:0:0:0:1", "2001:db8::1"],
    ["[2001:db8::1]", "2001:db8::1"],
    ["::ffff:192.0.2.1", "::ffff:c000:201"],
  ])("the address %s by %s", async (serverName, address) => {
    expect((await judge({ chain: [forNames(generalName.ip(address))], serverName })).verified).toBe(true);
  });
});

describe("a certificate is not for", () => {
  test.each([
    ["a.example", ["b.example"]],
    ["a.example", ["*.a.example"]],
    ["www.a.example", ["a.example"]],
    ["www.www.a.example", ["*.a.example"]],
    ["a.example", ["*.example"]],
    ["a.example", ["*"]],
    ["localhost", ["*"]],
    ["www.a.example", ["w*.a.example"]],
    ["www.a.example", ["*w.a.example"]],
    ["www.a.example", ["www.*.example"]],
    ["www.a.example", ["**.a.example"]],
    ["www.a.example", ["*.*.example"]],
    ["www.a.example", ["*a.example"]],
    ["a.example", ["a.example."]],
    ["a.example", ["a.example\0.b.example"]],
    ["a.example", ["a.example "]],
    ["a.example", ["", ".a.example"]],
    ["192.0.2.1", ["192.0.2.1"]],
    ["::1", ["::1"]],
  ])("%s: the names %j do not fit", async (serverName, names) => {
    expect(await refusal({ chain: [dns(...names)], serverName })).toMatchObject(refused.name);
  });

  test("an address by another, or by the same one of the other family", async () => {
    for (const [serverName, address] of [
      ["192.0.2.1", "192.0.2.2"],
      ["192.0.2.1", "::ffff:c000:201"],
      ["::ffff:192.0.2.1", "192.0.2.1"],
    ] as const) {
      const chain = [forNames(generalName.ip(address))];
      expect(await refusal({ chain, serverName }), serverName).toMatchObject(refused.name);
    }
  });

  test("its common name, its e-mail address or its URI", async () => {
    const names = [
      generalName.email("a.example"),
      generalName.uri("https://a.example/"),
      generalName.directory("a.example"),
    ];
    const chain = [leaf({ subject: "a.example", extensions: [extensions.subjectAltName(names)] })];
    expect(await refusal({ chain })).toMatchObject({
      ...refused.name,
      message: expect.stringContaining("only a common name, a.example, which does not count"),
    });
    expect(await refusal({ chain: [leaf({ subject: "", extensions: [] })] })).toMatchObject({
      ...refused.name,
      message: expect.stringContaining("certificate is for no host at all, wanted a.example"),
    });
  });

  test("a name that it lists, in words that list the others", async () => {
    const message = async (...names: readonly string[]): Promise<string> =>
      (await refusal({ chain: [dns(...names)], serverName: "c.example" })).message;
    expect(await message("a.example")).toMatch(/certificate is for a\.example, wanted c\.example$/);
    expect(await message("a.example", "*.b.example")).toMatch(
      /certificate is for a\.example and \*\.b\.example, wanted c\.example$/,
    );
    expect(await message(..."123456789".split("").map((n) => `${n}.example`))).toMatch(
      /for 1\.example, 2\.example, 3\.example, 4\.example, 5\.example and 4 others, wanted/,
    );
    expect(await message("a\u001b[2J,c.example")).toMatch(/for a\\x1b\[2J\\x2cc\.example, wanted/);
  });
});

describe("what is wanted", () => {
  test.each([
    ["a.example", "a.example"],
    ["A.Example.", "a.example"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["a", "a"],
    [`${"a".repeat(63)}.example`, `${"a".repeat(63)}.example`],
    ["1.2.3.4.example", "1.2.3.4.example"],
    [`${"a.".repeat(125)}abc`, `${"a.".repeat(125)}abc`],
  ])("%s is the DNS name %s", (text, name) => {
    expect(parseReferenceName(text)).toEqual({ kind: "dns", name });
  });

  test.each([
    "",
    ".",
    "a..example",
    ".a.example",
    "*.a.example",
    "a.example:443",
    "a b.example",
    "-a.example",
    "a-.example",
    `${"a".repeat(64)}.example`,
    `${"a.".repeat(130)}example`,
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "0x7f.1",
    "0x7f000001",
    "host.0x",
    "01.2.3.4",
    "１２７.0.0.1",
    "a/b.example",
    "user@a.example",
    "1::2::3",
    ":1",
    "12345::",
    "::1%eth0",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7::8",
    "::1.2.3",
    "[a.example]",
    "[::1",
    "::1]",
    `${"a.".repeat(125)}abcd`,
  ])("%s is no name and no address", (text) => {
    expect(parseReferenceName(text)).toBeUndefined();
  });

  test("addresses are what node:net takes for addresses", () => {
    const group = fc.oneof(
      fc.constantFrom("0", "00", "", ":", "ffff", "12345", "1.2.3.4"),
      fc.stringMatching(/^[0-9a-f]{1,4}$/),
    );
    const texts = fc.oneof(
      fc.ipV6(),
      fc.ipV4(),
      fc.array(group, { maxLength: 9 }).map((groups) => groups.join(":")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseIPv6(text) !== undefined).toBe(net.isIPv6(text));
        expect(parseIPv4(text) !== undefined).toBe(net.isIPv4(text));
      }),
      { numRuns: 2000 },
    );
  });

  test("addresses in any spelling have the same bytes", () => {
    for (const [text, hex] of [
      ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
      ["1::8", "00010000000000000000000000000008"],
      ["::", "00000000000000000000000000000000"],
      ["::1.2.3.4", "00000000000000000000000001020304"],
      ["1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304"],
      ["1:2:3:4:5:6:7::", "00010002000300040005000600070000"],
    ] as const) {
      expect(toHex(parseIPv6(text) as Bytes), text).toBe(hex);
    }
    expect(toHex(parseIPv4("192.0.2.1") as Bytes)).toBe("c0000201");
  });
});

test("the name found is the one that fits", () => {
  const certificate = parseCertificate(forNames(generalName.dns("a.example"), generalName.ip("192.0.2.1")));
  const wanted = { kind: "ip", name: "192.0.2.1", address: addressBytes("192.0.2.1") } as const;
  const { start = 0, end = 0 } = findName(certificate, wanted) ?? {};
  expect(toHex(certificate.der.subarray(start, end))).toBe("c0000201");
});

import { describe, expect, test } from "vitest";
import { DerError } from "../../src/der/error.ts";
import {
  element,
  integer,
  objectIdentifier,
  printableString,
  sequence,
  setOf,
  utf8String,
} from "../../src/der/writer.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { anchorFromCertificate } from "../../src/x509/trustAnchor.ts";
import { type CertificateOptions, extensions, generalName, key } from "../certificates.ts";
import { authority, judge, leaf, refusal, refused, root } from "../trust/judge.ts";

interface Constraints {
  readonly permitted?: readonly Bytes[];
  readonly excluded?: readonly Bytes[];
}

const { dns, ip, email, uri, directory, other } = generalName;
const subnet = (address: string, mask: string): Bytes =>
  ip([...address.split("."), ...mask.split(".")].map(Number));

/** A certificate for a.example and more, below a CA with constraints. */
function chainOf(
  constraints: Constraints,
  names: readonly Bytes[],
  options: Partial<CertificateOptions> = {},
): readonly Bytes[] {
  const ca = authority("Constrained CA", { issuer: root, more: [extensions.nameConstraints(constraints)] });
  const own = leaf({
    subject: "",
    issuer: ca,
    extensions: [extensions.subjectAltName([dns("a.example"), ...names])],
    ...options,
  });
  return [own, ca.der];
}

type Row = readonly [what: string, constraints: Constraints, names: readonly Bytes[]];
const a = dns("a.example");

const within: readonly Row[] = [
  ["the host itself", { permitted: [a] }, []],
  ["a host below", { permitted: [dns("example")] }, [dns("x.y.example")]],
  ["in other letters", { permitted: [dns("EXAMPLE")] }, [dns("X.Example")]],
  ["any host", { permitted: [dns("")] }, [dns("anything")]],
  ["one of two", { permitted: [dns("b.example"), a] }, []],
  ["a wildcard below what is permitted", { permitted: [a] }, [dns("*.a.example")]],
  ["a wildcard next to what is excluded", { excluded: [dns("b.c.example")] }, [dns("*.a.example")]],
  ["a host above what is excluded", { excluded: [dns("b.a.example")] }, []],
  ["a host that only ends like an excluded one", { excluded: [dns("ample")] }, []],
  ["with a dot in front: below it", { permitted: [dns(".example")] }, [dns("x.example")]],
  ["with a dot in front: what is excluded is below", { excluded: [dns(".a.example")] }, []],
  ["an address in the subnet", { permitted: [subnet("192.0.2.0", "255.255.255.0")] }, [ip("192.0.2.7")]],
  [
    "an address outside of what is excluded",
    { excluded: [subnet("192.0.2.0", "255.255.255.128")] },
    [ip("192.0.2.129")],
  ],
  ["any address", { permitted: [subnet("0.0.0.0", "0.0.0.0")] }, [ip("192.0.2.7")]],
  [
    "IPv6 in its prefix",
    {
      permitted: [
        element(
          0x87,
          new Uint8Array([
            0x20,
            1,
            ...new Array<number>(14).fill(0),
            0xff,
            0xff,
            ...new Array<number>(14).fill(0),
          ]),
        ),
      ],
    },
    [ip("2001:db8::1")],
  ],
  ["a mailbox of the host", { permitted: [email("mail.example")] }, [email("x@mail.example")]],
  ["a mailbox of a host below", { permitted: [email(".example")] }, [email("x@mail.example")]],
  ["the very mailbox", { permitted: [email("x@mail.example")] }, [email("x@Mail.example")]],
  ["a mailbox in quotes", { permitted: [email("mail.example")] }, [email('"x@y"@mail.example')]],
  [
    "another mailbox than the excluded one",
    { excluded: [email("x@mail.example")] },
    [email("X@mail.example")],
  ],
  ["a URI at the host", { permitted: [uri("web.example")] }, [uri("https://u@Web.example:8443/x?y#z")]],
  ["a URI at a host below", { permitted: [uri(".example")] }, [uri("https://web.example")]],
  ["a URI elsewhere than excluded", { excluded: [uri("web.example")] }, [uri("https://x.web.example/")]],
  [
    "a directory name below",
    { permitted: [directory([["C", "NL"]])] },
    [
      directory([
        ["C", "NL"],
        ["O", "X"],
      ]),
    ],
  ],
  [
    "another directory name than the excluded one",
    { excluded: [directory([["C", "NL"]])] },
    [directory([["C", "BE"]])],
  ],
  [
    "constraints of a form that no name has",
    { permitted: [email("mail.example"), directory("X"), other("1.2.3", integer(1))] },
    [],
  ],
  ["constraints of a form that no name has, excluded", { excluded: [other("1.2.3", integer(1))] }, []],
];

const outside: readonly Row[] = [
  ["another host", { permitted: [dns("b.example")] }, []],
  ["a host that only ends alike", { permitted: [dns("ample")] }, []],
  ["one host of two", { permitted: [a] }, [dns("b.example")]],
  ["an excluded host", { excluded: [a] }, []],
  ["a host below an excluded one", { excluded: [dns("example")] }, []],
  ["excluded in other letters", { excluded: [dns("A.EXAMPLE")] }, []],
  ["permitted and excluded", { permitted: [dns("example")], excluded: [a] }, []],
  ["everything excluded", { excluded: [dns("")] }, []],
  ["a wildcard that may be an excluded host", { excluded: [dns("b.c.example")] }, [dns("*.c.example")]],
  ["a wildcard below an excluded host", { excluded: [dns("c.example")] }, [dns("*.c.example")]],
  ["a wildcard where one host is permitted", { permitted: [a, dns("b.c.example")] }, [dns("*.c.example")]],
  ["with a dot in front: not the host itself", { permitted: [dns(".a.example")] }, []],
  ["with a dot in front: excluded below", { excluded: [dns(".example")] }, []],
  ["a host that can't be read", { permitted: [dns("example")] }, [dns("x..example")]],
  ["a host that can't be read, excluded", { excluded: [dns("b.example")] }, [dns("x..example")]],
  ["an address outside", { permitted: [subnet("192.0.2.0", "255.255.255.128")] }, [ip("192.0.2.129")]],
  ["an address that is excluded", { excluded: [subnet("192.0.2.0", "255.255.255.0")] }, [ip("192.0.2.1")]],
  ["IPv6 where IPv4 is permitted", { permitted: [subnet("0.0.0.0", "0.0.0.0")] }, [ip("::1")]],
  ["a mailbox of another host", { permitted: [email("mail.example")] }, [email("x@other.example")]],
  ["a mailbox of a host below", { permitted: [email("example")] }, [email("x@mail.example")]],
  ["a mailbox of the host above", { permitted: [email(".mail.example")] }, [email("x@mail.example")]],
  ["another mailbox", { permitted: [email("x@mail.example")] }, [email("X@mail.example")]],
  ["an asterisk is no wildcard", { permitted: [email("*@mail.example")] }, [email("x@mail.example")]],
  ["a mailbox that is none", { permitted: [email("mail.example")] }, [email("x@y@mail.example")]],
  ["a mailbox that is none, excluded", { excluded: [email("other.example")] }, [email("mail.example")]],
  ["a URI at another host", { permitted: [uri("web.example")] }, [uri("https://x.web.example/")]],
  ["a URI at an excluded host", { excluded: [uri("web.example")] }, [uri("ldap://web.example:389/")]],
  ["a URI at an address", { permitted: [uri("web.example")] }, [uri("https://192.0.2.1/")]],
  ["a URI at an address, excluded", { excluded: [uri("web.example")] }, [uri("https://192.0.2.1/")]],
  ["a URI at an IPv6 address, excluded", { excluded: [uri("web.example")] }, [uri("https://[::1]/")]],
  ["a URI without a host", { permitted: [uri("web.example")] }, [uri("urn:x:web.example")]],
  ["another directory name", { permitted: [directory([["C", "NL"]])] }, [directory([["C", "BE"]])]],
  [
    "a directory name above",
    {
      permitted: [
        directory([
          ["C", "NL"],
          ["O", "X"],
        ]),
      ],
    },
    [directory([["C", "NL"]])],
  ],
  [
    "an excluded directory name",
    { excluded: [directory([["C", "NL"]])] },
    [
      directory([
        ["C", "NL"],
        ["O", "X"],
      ]),
    ],
  ],
  [
    "an excluded directory name in other letters and spaces",
    { excluded: [directory([["O", "Bad  Company"]])] },
    [directory([["O", "bad company "]])],
  ],
  [
    "a form that is not known, permitted",
    { permitted: [other("1.2.3", integer(1))] },
    [other("1.2.3", integer(1))],
  ],
  [
    "a form that is not known, excluded",
    { excluded: [other("1.2.3", integer(1))] },
    [other("1.2.4", integer(2))],
  ],
];

describe("names within what their CA may vouch for", () => {
  test.each(within)("%s", async (_, constraints, names) => {
    expect((await judge({ chain: chainOf(constraints, names) })).verified).toBe(true);
  });
});

const unreadable: readonly Row[] = [
  ["a mailbox that is none", { excluded: [email("x@y@mail.example")] }, []],
  ["the dot of the root", { excluded: [dns("a.example.")] }, []],
  ["only a dot", { excluded: [dns(".")] }, []],
  ["an empty label", { excluded: [dns("a..example")] }, []],
  ["a space", { excluded: [dns(" a.example")] }, []],
  ["a NUL", { excluded: [dns("a.example\0")] }, []],
  ["a wildcard", { excluded: [dns("*.example")] }, []],
  ["a wildcard behind a dot", { excluded: [dns(".*.example")] }, []],
  ["a mailbox with the dot of the root", { excluded: [email("x@a.example.")] }, []],
  ["a host of mailboxes with the dot of the root", { permitted: [email("a.example.")] }, []],
  ["a host of URIs with the dot of the root", { excluded: [uri("a.example.")] }, []],
  ["a URI", { excluded: [uri("https://a.example")] }, []],
  ["a port", { excluded: [uri("a.example:443")] }, []],
];

describe("a constraint that can't be read makes a CA of no use", () => {
  test.each(unreadable)("%s", async (_, constraints, names) => {
    expect(await refusal({ chain: chainOf(constraints, names) })).toMatchObject(refused.malformed);
    const constrained = extensions.nameConstraints(constraints);
    const { der } = authority("Constrained Root", { more: [constrained] });
    expect(() => anchorFromCertificate(der)).toThrow(DerError);
  });
});

describe("names in the subject", () => {
  const attribute = (type: string, value: Bytes): Bytes =>
    sequence(setOf(sequence(objectIdentifier(type), value)));
  const within = (name: Bytes): Bytes => element(0xa4, name);
  const o = (text: string): Bytes => attribute("2.5.4.10", utf8String(text));

  test.each<[what: string, constraints: Constraints, subject: Bytes]>([
    [
      "that look like another attribute's",
      { permitted: [within(o("a=b"))] },
      attribute("2.5.4.10.61.97", utf8String("b")),
    ],
    ["with a soft hyphen", { excluded: [within(o("Evil"))] }, o("E\u00advil")],
    [
      "that are mailboxes in no known string",
      { excluded: [email("x.example")] },
      attribute("1.2.840.113549.1.9.1", element(0x1b, new TextEncoder().encode("u@y.example"))),
    ],
  ])("%s are refused", async (_, constraints, subject) => {
    expect(await refusal({ chain: chainOf(constraints, [], { subject }) })).toMatchObject(refused.invalid);
  });
});

describe("names outside of it are refused", () => {
  test.each(outside)("%s", async (_, constraints, names) => {
    expect(await refusal({ chain: chainOf(constraints, names) })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("which a certificate authority above it may not vouch for"),
    });
  });

  test("in the subject, and by its e-mail address", async () => {
    const permitted = [directory([["C", "NL"]])];
    expect(
      (
        await judge({
          chain: chainOf({ permitted }, [], {
            subject: [
              ["C", "NL"],
              ["CN", "x"],
            ],
          }),
        })
      ).verified,
    ).toBe(true);
    expect(await refusal({ chain: chainOf({ permitted }, [], { subject: [["C", "BE"]] }) })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("is for directory:C=BE"),
    });
    const subject = [["emailAddress", "x@mail.example"]] as const;
    expect(
      (await judge({ chain: chainOf({ permitted: [email("mail.example")] }, [], { subject }) })).verified,
    ).toBe(true);
    expect(
      await refusal({ chain: chainOf({ excluded: [email("mail.example")] }, [], { subject }) }),
    ).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("is for email:x@mail.example"),
    });
  });

  test("in another type of string, or an RDN of several attributes", async () => {
    const attribute = (value: Bytes, type = "2.5.4.10"): Bytes => sequence(objectIdentifier(type), value);
    const excluded = [element(0xa4, sequence(setOf(attribute(printableString("Bad")))))];
    const subject = sequence(setOf(attribute(utf8String("BAD"))));
    expect(await refusal({ chain: chainOf({ excluded }, [], { subject }) })).toMatchObject(refused.invalid);
    const both = sequence(setOf(attribute(utf8String("BAD")), attribute(integer(1), "1.2.3")));
    expect((await judge({ chain: chainOf({ excluded }, [], { subject: both }) })).verified).toBe(true);
    const excludedBoth = [element(0xa4, both)];
    expect(
      await refusal({ chain: chainOf({ excluded: excludedBoth }, [], { subject: both }) }),
    ).toMatchObject(refused.invalid);
  });
});

describe("constraints hold", () => {
  test("whether they are critical or not", async () => {
    const ca = authority("CA", {
      issuer: root,
      more: [extensions.nameConstraints({ excluded: [a] }, false)],
    });
    expect(await refusal({ chain: [leaf({ issuer: ca }), ca.der] })).toMatchObject(refused.invalid);
  });

  test("from a root on, and through all certificates between", async () => {
    const top = authority("Constrained Root", {
      more: [extensions.nameConstraints({ permitted: [dns("b.example")] })],
    });
    expect(await refusal({ chain: [leaf({ issuer: top })], roots: [top.der] })).toMatchObject(
      refused.invalid,
    );
    const wide = authority("Wide CA", {
      issuer: top,
      more: [extensions.nameConstraints({ permitted: [dns("example")] })],
    });
    // What one allows another may not widen.
    expect(await refusal({ chain: [leaf({ issuer: wide }), wide.der], roots: [top.der] })).toMatchObject(
      refused.invalid,
    );
    const narrow = authority("Narrow CA", {
      issuer: root,
      more: [extensions.nameConstraints({ permitted: [dns("b.example")] })],
    });
    const below = authority("CA below", { issuer: narrow });
    expect(await refusal({ chain: [leaf({ issuer: below }), below.der, narrow.der] })).toMatchObject(
      refused.invalid,
    );
  });

  test("for the names of intermediate certificates, unless those are self-issued", async () => {
    const more = [extensions.nameConstraints({ permitted: [a] })];
    const names = [extensions.subjectAltName([dns("ca.test")])];
    const top = authority("Top", { issuer: root, more });
    const middle = authority("Middle", { issuer: top, more: names });
    expect(await refusal({ chain: [leaf({ issuer: middle }), middle.der, top.der] })).toMatchObject({
      ...refused.invalid,
      message: expect.stringContaining("CN=Middle is for DNS:ca.test"),
    });
    const renewed = authority("Top", { issuer: top, key: key("P-256", "renewed"), more: names });
    expect((await judge({ chain: [leaf({ issuer: renewed }), renewed.der, top.der] })).verified).toBe(true);
  });

  test("not for the certificate that has them", async () => {
    const ca = authority("CA", {
      issuer: root,
      more: [extensions.nameConstraints({ permitted: [a] }), extensions.subjectAltName([dns("ca.test")])],
    });
    expect((await judge({ chain: [leaf({ issuer: ca }), ca.der] })).verified).toBe(true);
  });

  test("for one way only, where another is free of them", async () => {
    const free = authority("Crossed", { issuer: root });
    const bound = authority("Crossed", {
      issuer: root,
      key: free.key,
      more: [extensions.nameConstraints({ excluded: [a] })],
    });
    const own = leaf({ issuer: free });
    expect((await judge({ chain: [own, bound.der, free.der] })).path[1]).toEqual(free.der);
    expect((await judge({ chain: [own, free.der, bound.der] })).path[1]).toEqual(free.der);
  });
});

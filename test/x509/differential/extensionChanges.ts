import {
  boolean,
  element,
  integer,
  namedBits,
  nullElement,
  objectIdentifier,
  octetString,
  sequence,
  utf8String,
} from "../../../src/der/writer.ts";
import { type Bytes, concat, fromHex } from "../../../src/wire/bytes.ts";
import { type Attribute, extension, extensions, generalName, key, type Usage } from "../../certificates.ts";
import { type Change, type Draft, extensionField, wanted } from "./draft.ts";

// Every extension that RFC 5280 names, and some that it does not.

type Name = Parameters<Draft["extensions"]["set"]>[0];

const put =
  (name: Name, ...values: readonly Bytes[]): Change["make"] =>
  (draft) => {
    draft.extensions.set(name, concat(...values));
  };
const without =
  (name: Name): Change["make"] =>
  (draft) => {
    draft.extensions.delete(name);
  };
const authorities = ["root", "intermediate"] as const;
const leaf = ["leaf"] as const;

const list: readonly Change[] = [
  {
    name: "an extension twice",
    make: (draft) => {
      draft.extensions.set("another", draft.extensions.get("usage") as Bytes);
    },
  },
  {
    name: "an extension that nobody knows",
    make: put("more", extension("1.3.6.1.4.1.99999.5", nullElement())),
  },
  {
    name: "a critical extension that nobody knows",
    make: put("more", extension("1.3.6.1.4.1.99999.5", nullElement(), true)),
  },
  {
    name: "an extension that is not critical, spelled out",
    make: put(
      "more",
      sequence(objectIdentifier("1.3.6.1.4.1.99999.5"), boolean(false), octetString(nullElement())),
    ),
  },
  {
    name: "a critical flag that is true as BER has it",
    make: put(
      "usage",
      sequence(objectIdentifier("2.5.29.15"), fromHex("010101"), octetString(namedBits(0, 5))),
    ),
  },
  {
    name: "an extension without a value",
    make: put("more", sequence(objectIdentifier("1.3.6.1.4.1.99999.5"))),
  },
  { name: "a list of extensions that holds something else", make: put("more", nullElement()) },
  {
    name: "65 extensions that nobody knows",
    make: put(
      "more",
      ...Array.from({ length: 65 }, (_, i) => extension(`1.3.6.1.4.1.99999.6.${i}`, nullElement())),
    ),
  },
  {
    name: "two lists of extensions",
    make: (draft) => {
      draft.bend = (fields) => {
        fields.extensions = concat(
          fields.extensions,
          extensionField(extension("1.3.6.1.4.1.99999.5", nullElement())),
        );
      };
    },
  },
];

const basic = (...fields: readonly Bytes[]): Change["make"] =>
  put("basic", extension("2.5.29.19", sequence(...fields), true));

const basicConstraints: readonly Change[] = [
  { name: "no basicConstraints", make: without("basic") },
  { name: "basicConstraints without cA", at: authorities, make: basic() },
  {
    name: "basicConstraints that are not critical",
    make: (draft) =>
      draft.extensions.set("basic", extensions.basicConstraints(draft.position !== "leaf", undefined, false)),
  },
  { name: "cA spelled out as false", make: basic(boolean(false)) },
  { name: "a path length of 0", at: authorities, make: basic(boolean(true), integer(0)) },
  { name: "a path length of 1", at: authorities, make: basic(boolean(true), integer(1)) },
  { name: "a negative path length", at: authorities, make: basic(boolean(true), fromHex("0201ff")) },
  { name: "a path length of five bytes", at: authorities, make: basic(boolean(true), integer(2 ** 32)) },
  { name: "a path length without cA", at: authorities, make: basic(integer(1)) },
  { name: "a path length for who is no CA", at: leaf, make: basic(integer(0)) },
  { name: "a CA as leaf", at: leaf, make: basic(boolean(true)) },
  { name: "a third field in basicConstraints", make: basic(boolean(true), integer(1), integer(1)) },
  {
    name: "a byte behind basicConstraints",
    make: put("basic", extension("2.5.29.19", concat(sequence(), new Uint8Array(1)), true)),
  },
  {
    name: "basicConstraints that are a text",
    make: put("basic", extension("2.5.29.19", utf8String("ca"), true)),
  },
];

const usage = (bits: Bytes, critical = true): Change["make"] =>
  put("usage", extension("2.5.29.15", bits, critical));
const use = (...uses: readonly Usage[]): Change["make"] => put("usage", extensions.keyUsage(...uses));

const keyUsage: readonly Change[] = [
  { name: "no keyUsage", make: without("usage") },
  { name: "a keyUsage that is not critical", at: leaf, make: usage(namedBits(0), false) },
  { name: "a CA's keyUsage that is not critical", at: authorities, make: usage(namedBits(5, 6), false) },
  { name: "a keyUsage for signatures only", at: authorities, make: use("digitalSignature") },
  { name: "a keyUsage for CRLs only", at: authorities, make: use("cRLSign") },
  { name: "a keyUsage for key encipherment only", at: leaf, make: use("keyEncipherment") },
  { name: "a keyUsage for key agreement only", at: leaf, make: use("keyAgreement") },
  {
    name: "a keyUsage for certificates, of who is no CA",
    at: leaf,
    make: use("digitalSignature", "keyCertSign"),
  },
  { name: "a keyUsage for content commitment only", at: leaf, make: use("contentCommitment") },
  { name: "a keyUsage of no bits", make: usage(fromHex("030100")) },
  { name: "a keyUsage with a zero at its end", make: usage(fromHex("03020084")) },
  { name: "a keyUsage with unused bits that are set", make: usage(fromHex("03020185")) },
  { name: "a keyUsage of three bytes", make: usage(fromHex("03040084000001".slice(0, 12))) },
  { name: "a keyUsage that is an INTEGER", make: usage(integer(4)) },
];

const purposes = (...identifiers: readonly string[]): Bytes => sequence(...identifiers.map(objectIdentifier));
const purpose = (value: Bytes, critical = false): Change["make"] =>
  put("purpose", extension("2.5.29.37", value, critical));
const serverAuth = "1.3.6.1.5.5.7.3.1";

const extendedKeyUsage: readonly Change[] = [
  { name: "no extendedKeyUsage", at: leaf, make: without("purpose") },
  { name: "for servers", at: authorities, make: purpose(purposes(serverAuth)) },
  { name: "for clients only", make: purpose(purposes("1.3.6.1.5.5.7.3.2")) },
  { name: "for any purpose", make: purpose(purposes("2.5.29.37.0")) },
  { name: "for clients and any purpose", make: purpose(purposes("1.3.6.1.5.5.7.3.2", "2.5.29.37.0")) },
  { name: "for code only, critically", make: purpose(purposes("1.3.6.1.5.5.7.3.3"), true) },
  { name: "for servers, critically", make: purpose(purposes(serverAuth), true) },
  { name: "for a purpose that nobody knows", make: purpose(purposes("1.3.6.1.4.1.99999.7")) },
  { name: "for old servers (SGC) only", make: purpose(purposes("1.3.6.1.4.1.311.10.3.3")) },
  { name: "for no purpose", make: purpose(sequence()) },
  { name: "an extendedKeyUsage that is one identifier", make: purpose(objectIdentifier(serverAuth)) },
  { name: "the same purpose twice", make: purpose(purposes(serverAuth, serverAuth)) },
];

const san = (...names: readonly Bytes[]): Change["make"] => put("names", extensions.subjectAltName(names));
const { dns, ip, email, uri, directory, other } = generalName;

const alternativeNames: readonly Change[] = [
  { name: "no subjectAltName", at: leaf, make: without("names") },
  { name: "a subjectAltName of no names", make: san() },
  { name: "another name", at: leaf, make: san(dns("b.example")) },
  {
    name: "a critical subjectAltName",
    at: leaf,
    make: put("names", extensions.subjectAltName([dns(wanted)], true)),
  },
  {
    name: "a critical subjectAltName and no subject",
    at: leaf,
    make: (draft) => {
      draft.subject = sequence();
      draft.extensions.set("names", extensions.subjectAltName([dns(wanted)], true));
    },
  },
  { name: "the name in capitals", at: leaf, make: san(dns("A.EXAMPLE")) },
  { name: "the name with a dot at its end", at: leaf, make: san(dns(`${wanted}.`)) },
  { name: "a wildcard for all of a top-level domain", at: leaf, make: san(dns("*.example")) },
  { name: "a wildcard for everything", at: leaf, make: san(dns("*")) },
  { name: "a wildcard within a label", at: leaf, make: san(dns("a*.example")) },
  { name: "a wildcard in the second label", at: leaf, make: san(dns("a.*")) },
  { name: "the name behind a NUL", at: leaf, make: san(dns(`${wanted}\0.evil.test`)) },
  {
    name: "the name and another form",
    at: leaf,
    make: san(dns(wanted), email("x@b.example"), uri("https://b.example/")),
  },
  { name: "the name with a space", at: leaf, make: san(dns(` ${wanted}`)) },
  { name: "the name as a URI", at: leaf, make: san(uri(`https://${wanted}/`)) },
  { name: "the name as a mailbox", at: leaf, make: san(email(wanted)) },
  { name: "an empty DNS name besides", at: leaf, make: san(dns(wanted), dns("")) },
  { name: "a DNS name with an underscore besides", at: leaf, make: san(dns(wanted), dns("a_b.example")) },
  { name: "a DNS name that is no host besides", at: leaf, make: san(dns(wanted), dns("-.example")) },
  { name: "a DNS name beyond ASCII besides", at: leaf, make: san(dns(wanted), dns("\u00fc.example")) },
  { name: "an address of 5 bytes besides", at: leaf, make: san(dns(wanted), ip([1, 2, 3, 4, 5])) },
  {
    name: "an address of 8 bytes besides",
    at: leaf,
    make: san(dns(wanted), ip([1, 2, 3, 4, 255, 255, 255, 255])),
  },
  {
    name: "a name of another kind besides",
    at: leaf,
    make: san(dns(wanted), other("1.3.6.1.4.1.99999.8", utf8String("x"))),
  },
  {
    name: "a name with a tag that does not exist besides",
    at: leaf,
    make: san(dns(wanted), element(0x8c, fromHex("00"))),
  },
  {
    name: "a directory name that is none besides",
    at: leaf,
    make: san(dns(wanted), element(0xa4, nullElement())),
  },
  { name: "a mailbox that is none besides", at: leaf, make: san(dns(wanted), email("nobody")) },
  { name: "a URI that is none besides", at: leaf, make: san(dns(wanted), uri("//")) },
  {
    name: "an identifier as a name besides",
    at: leaf,
    make: san(dns(wanted), element(0x88, fromHex("2a0304"))),
  },
  {
    name: "an identifier that is cut short as a name besides",
    at: leaf,
    make: san(dns(wanted), element(0x88, fromHex("2a83"))),
  },
  {
    name: "names of a CA",
    at: authorities,
    make: put("names", extensions.subjectAltName([dns("ca.example")])),
  },
];

type Lists = Parameters<typeof extensions.nameConstraints>[0];
const constrained = (lists: Lists, critical = true): Change["make"] =>
  put("more", extensions.nameConstraints(lists, critical));
const constraints = (value: Bytes): Change["make"] => put("more", extension("2.5.29.30", value, true));
const permitted = (...subtree: readonly Bytes[]): Bytes => sequence(element(0xa0, sequence(...subtree)));
const organisation: readonly Attribute[] = [["O", "Differential"]];
const stranger: readonly Attribute[] = [["O", "Stranger"]];

const nameConstraints: readonly Change[] = [
  { name: "permits the name", make: constrained({ permitted: [dns(wanted)] }) },
  { name: "permits all above the name", make: constrained({ permitted: [dns("example")] }) },
  { name: "permits all above the name, with a dot", make: constrained({ permitted: [dns(".example")] }) },
  { name: "permits what is below the name only", make: constrained({ permitted: [dns(`.${wanted}`)] }) },
  { name: "permits everything", make: constrained({ permitted: [dns("")] }) },
  { name: "permits another name", make: constrained({ permitted: [dns("b.example")] }) },
  {
    name: "permits another name, not critically",
    make: constrained({ permitted: [dns("b.example")] }, false),
  },
  {
    name: "permits the end of the name, but not at a dot",
    make: constrained({ permitted: [dns("xample")] }),
  },
  { name: "permits a wildcard", make: constrained({ permitted: [dns("*.example")] }) },
  { name: "permits the name in capitals", make: constrained({ permitted: [dns("A.Example")] }) },
  { name: "permits addresses only", make: constrained({ permitted: [ip([0, 0, 0, 0, 0, 0, 0, 0])] }) },
  { name: "permits mailboxes only", make: constrained({ permitted: [email("example")] }) },
  { name: "excludes the name", make: constrained({ excluded: [dns(wanted)] }) },
  { name: "excludes all above the name", make: constrained({ excluded: [dns("example")] }) },
  { name: "excludes everything", make: constrained({ excluded: [dns("")] }) },
  { name: "excludes another name", make: constrained({ excluded: [dns("b.example")] }) },
  { name: "excludes what is below the name", make: constrained({ excluded: [dns(`www.${wanted}`)] }) },
  {
    name: "excludes what it permits",
    make: constrained({ permitted: [dns("example")], excluded: [dns(wanted)] }),
  },
  { name: "permits another directory", make: constrained({ permitted: [directory(stranger)] }) },
  { name: "excludes another directory", make: constrained({ excluded: [directory(stranger)] }) },
  { name: "permits the directory of CAs only", make: constrained({ permitted: [directory(organisation)] }) },
  { name: "excludes the directory of CAs", make: constrained({ excluded: [directory(organisation)] }) },
  { name: "excludes the leaf's directory", make: constrained({ excluded: [directory(wanted)] }) },
  { name: "permits a URI", make: constrained({ permitted: [uri("b.example")] }) },
  {
    name: "excludes a form that nobody knows",
    make: constrained({ excluded: [other("1.3.6.1.4.1.99999.8", utf8String("x"))] }),
  },
  {
    name: "permits an identifier only",
    make: constrained({ permitted: [element(0x88, fromHex("2a0304"))] }),
  },
  { name: "a mask with gaps", make: constrained({ excluded: [ip([10, 0, 0, 0, 255, 0, 255, 0])] }) },
  { name: "an address without a mask", make: constrained({ excluded: [ip([10, 0, 0, 0])] }) },
  {
    name: "an address and a mask of unequal lengths",
    make: constrained({ excluded: [ip([10, 0, 0, 0, 255, 255])] }),
  },
  { name: "name constraints that say nothing", make: constraints(sequence()) },
  { name: "an empty list of permitted names", make: constraints(sequence(element(0xa0))) },
  {
    name: "a minimum of 0 spelled out",
    make: constraints(permitted(dns("example"), element(0x80, fromHex("00")))),
  },
  { name: "a minimum of 1", make: constraints(permitted(dns("example"), element(0x80, fromHex("01")))) },
  { name: "a maximum", make: constraints(permitted(dns("example"), element(0x81, fromHex("05")))) },
  { name: "name constraints that are a text", make: constraints(utf8String("example")) },
];

const identifier = (...contents: readonly Bytes[]): Change["make"] =>
  put("authorityKey", extension("2.5.29.35", sequence(...contents)));

const keyIdentifiers: readonly Change[] = [
  { name: "no subjectKeyIdentifier", make: without("subjectKey") },
  { name: "an empty subjectKeyIdentifier", make: put("subjectKey", extension("2.5.29.14", octetString())) },
  {
    name: "a critical subjectKeyIdentifier",
    make: (draft) => {
      draft.extensions.set(
        "subjectKey",
        extension("2.5.29.14", octetString(new Uint8Array(20).fill(1)), true),
      );
      if (draft.position === "root") draft.extensions.delete("authorityKey");
    },
  },
  {
    name: "a subjectKeyIdentifier that is nobody's",
    at: authorities,
    make: put("subjectKey", extension("2.5.29.14", octetString(new Uint8Array(20).fill(1)))),
  },
  {
    name: "a subjectKeyIdentifier without its own header",
    make: put("subjectKey", extension("2.5.29.14", new Uint8Array(20).fill(1))),
  },
  { name: "no authorityKeyIdentifier", make: without("authorityKey") },
  {
    name: "another authorityKeyIdentifier",
    make: put("authorityKey", extensions.authorityKeyIdentifier(key("P-256", "nobody"))),
  },
  {
    name: "a critical authorityKeyIdentifier",
    make: (draft) => {
      const own = extensions.authorityKeyIdentifier(draft.authority);
      draft.extensions.set("authorityKey", sequence(own.slice(2, 7), boolean(true), own.slice(7)));
    },
  },
  { name: "an empty authorityKeyIdentifier", make: identifier() },
  { name: "an authority's serial number without its name", make: identifier(element(0x82, fromHex("01"))) },
  {
    name: "a name without serial number",
    make: identifier(element(0xa1, directory("Nobody"))),
  },
  {
    name: "another authority's name and serial number",
    make: identifier(element(0xa1, directory("Nobody")), element(0x82, fromHex("01"))),
  },
];

const more = (dotted: string, value: Bytes, critical = false): Change["make"] =>
  put("more", extension(dotted, value, critical));
const policies = (value: Bytes, critical = false): Change["make"] => more("2.5.29.32", value, critical);
const policy = (dotted: string, ...qualifiers: readonly Bytes[]): Bytes =>
  sequence(objectIdentifier(dotted), ...qualifiers);
const anyPolicy = "2.5.29.32.0";
const domainValidated = "2.23.140.1.2.1";

const certificatePolicies: readonly Change[] = [
  { name: "a policy", make: policies(sequence(policy(domainValidated))) },
  { name: "any policy, critically", make: policies(sequence(policy(anyPolicy)), true) },
  {
    name: "the same policy twice",
    make: policies(sequence(policy(domainValidated), policy(domainValidated))),
  },
  { name: "no policies", make: policies(sequence()) },
  {
    name: "a policy with an empty list of qualifiers",
    make: policies(sequence(policy(domainValidated, sequence()))),
  },
  {
    name: "a policy with something else behind it",
    make: policies(sequence(policy(domainValidated, integer(1)))),
  },
  {
    name: "an explicit policy required",
    make: more("2.5.29.36", sequence(element(0x80, fromHex("00"))), true),
  },
  {
    name: "an explicit policy required, not critically",
    make: more("2.5.29.36", sequence(element(0x80, fromHex("00")))),
  },
  {
    name: "an explicit policy required further down",
    make: more("2.5.29.36", sequence(element(0x80, fromHex("05"))), true),
  },
  {
    name: "policy mappings inhibited",
    make: more("2.5.29.36", sequence(element(0x81, fromHex("00"))), true),
  },
  { name: "policy constraints that say nothing", make: more("2.5.29.36", sequence(), true) },
  { name: "any policy inhibited", make: more("2.5.29.54", integer(0), true) },
  { name: "any policy inhibited, not critically", make: more("2.5.29.54", integer(0)) },
  { name: "any policy inhibited, with a negative number", make: more("2.5.29.54", fromHex("0201ff"), true) },
  {
    name: "a policy mapping",
    at: authorities,
    make: more(
      "2.5.29.33",
      sequence(sequence(objectIdentifier("1.2.3.4"), objectIdentifier("1.2.3.5"))),
      true,
    ),
  },
  {
    name: "a policy mapping from any policy",
    at: authorities,
    make: more(
      "2.5.29.33",
      sequence(sequence(objectIdentifier(anyPolicy), objectIdentifier("1.2.3.5"))),
      true,
    ),
  },
  { name: "no policy mappings", at: authorities, make: more("2.5.29.33", sequence(), true) },
];

const point = (...fields: readonly Bytes[]): Bytes => sequence(sequence(...fields));
const fullName = (...names: readonly Bytes[]): Bytes => element(0xa0, element(0xa0, ...names));
const at = uri("http://c.example/a.crl");
const access = (...fields: readonly Bytes[]): Bytes => sequence(sequence(...fields));
const caIssuers = objectIdentifier("1.3.6.1.5.5.7.48.2");

const pointers: readonly Change[] = [
  { name: "a CRL distribution point", make: more("2.5.29.31", point(fullName(at))) },
  { name: "a CRL distribution point, critically", make: more("2.5.29.31", point(fullName(at)), true) },
  { name: "no CRL distribution points", make: more("2.5.29.31", sequence()) },
  { name: "a CRL distribution point without names", make: more("2.5.29.31", point(fullName())) },
  {
    name: "a CRL distribution point for some reasons",
    make: more("2.5.29.31", point(fullName(at), fromHex("81020640"))),
  },
  { name: "a CRL distribution point for reasons only", make: more("2.5.29.31", point(fromHex("81020640"))) },
  { name: "a CRL distribution point that is a text", make: more("2.5.29.31", sequence(utf8String("x"))) },
  { name: "a freshest CRL", make: more("2.5.29.46", point(fullName(at))) },
  { name: "a freshest CRL, critically", make: more("2.5.29.46", point(fullName(at)), true) },
  { name: "an access to information", make: more("1.3.6.1.5.5.7.1.1", access(caIssuers, at)) },
  {
    name: "an access to information, critically",
    make: more("1.3.6.1.5.5.7.1.1", access(caIssuers, at), true),
  },
  { name: "no access to information", make: more("1.3.6.1.5.5.7.1.1", sequence()) },
  { name: "an access to information without a place", make: more("1.3.6.1.5.5.7.1.1", access(caIssuers)) },
  {
    name: "a subject's access to information",
    make: more("1.3.6.1.5.5.7.1.11", access(objectIdentifier("1.3.6.1.5.5.7.48.5"), at)),
  },
  { name: "an issuer's other names", make: more("2.5.29.18", sequence(uri("http://ca.example/"))) },
  {
    name: "an issuer's other names, critically",
    make: more("2.5.29.18", sequence(uri("http://ca.example/")), true),
  },
  { name: "an issuer's other names, of which there are none", make: more("2.5.29.18", sequence()) },
  {
    name: "attributes of the subject, critically",
    make: more("2.5.29.9", sequence(sequence(objectIdentifier("1.2.3.4"), element(0x31, integer(1)))), true),
  },
  {
    name: "attributes of the subject without values",
    make: more("2.5.29.9", sequence(sequence(objectIdentifier("1.2.3.4"), element(0x31)))),
  },
  {
    name: "a private key's period",
    make: more("2.5.29.16", sequence(element(0x80, new TextEncoder().encode("20250101000000Z")))),
  },
  { name: "a poison", make: more("1.3.6.1.4.1.11129.2.4.3", nullElement(), true) },
  {
    name: "a list of timestamps of logs that is a NULL",
    make: more("1.3.6.1.4.1.11129.2.4.2", nullElement()),
  },
  { name: "must-staple", make: more("1.3.6.1.5.5.7.1.24", sequence(integer(5))) },
  { name: "must-staple that is an INTEGER", make: more("1.3.6.1.5.5.7.1.24", integer(5)) },
  { name: "a Netscape certificate type for clients", make: more("2.16.840.1.113730.1.1", namedBits(0)) },
];

export const extensionChanges: readonly Change[] = [
  ...list,
  ...basicConstraints,
  ...keyUsage,
  ...extendedKeyUsage,
  ...alternativeNames,
  ...nameConstraints,
  ...keyIdentifiers,
  ...certificatePolicies,
  ...pointers,
];

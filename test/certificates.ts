// Certificates for tests, of every kind of key and with any part of them bent: written with this project's DER writer, signed
// by node:crypto. test/x509/peculiar.test.ts has certificates of another maker, so that the two halves can't be wrong alike.

import crypto, { type KeyObject } from "node:crypto";
import {
  bitString,
  boolean,
  element,
  ia5String,
  integer,
  namedBits,
  nullElement,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  utf8String,
} from "../src/der/writer.ts";
import { type Bytes, concat, copyOf } from "../src/wire/bytes.ts";

// ------------------------------------------------------------------------------------------------------------- keys

export type KeyType = "P-256" | "P-384" | "P-521" | "RSA" | "RSA-PSS" | "Ed25519";

export interface KeyPair {
  readonly type: KeyType;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Bytes;
  /** DER. */
  readonly pkcs8: Bytes;
}

/** Any key pair of node:crypto as one for {@link makeCertificate}. */
export function keyPair(type: KeyType, pair: { privateKey: KeyObject; publicKey: KeyObject }): KeyPair {
  return {
    type,
    ...pair,
    spki: copyOf(pair.publicKey.export({ format: "der", type: "spki" })),
    pkcs8: copyOf(pair.privateKey.export({ format: "der", type: "pkcs8" })),
  };
}

/** A new key; RSA ones have 2048 bits and take their time. */
export function newKey(type: KeyType): KeyPair {
  switch (type) {
    case "RSA":
      return keyPair(type, crypto.generateKeyPairSync("rsa", { modulusLength: 2048 }));
    case "RSA-PSS":
      return keyPair(type, crypto.generateKeyPairSync("rsa-pss", { modulusLength: 2048 }));
    case "Ed25519":
      return keyPair(type, crypto.generateKeyPairSync("ed25519"));
    default:
      return keyPair(type, crypto.generateKeyPairSync("ec", { namedCurve: type }));
  }
}

/** A key under id-RSASSA-PSS that says which signatures it is for. */
export function restrictedPssKey(hashAlgorithm: string, saltLength: number): KeyPair {
  const options = { modulusLength: 2048, hashAlgorithm, mgf1HashAlgorithm: hashAlgorithm, saltLength };
  // The types take the salt's length for a text.
  return keyPair(
    "RSA-PSS",
    crypto.generateKeyPairSync("rsa-pss", options as unknown as crypto.RSAPSSKeyPairKeyObjectOptions),
  );
}

const pool = new Map<string, KeyPair>();

/** A key that is made once: the same label gets the same key. */
export function key(type: KeyType, label = "leaf"): KeyPair {
  const id = `${type} ${label}`;
  const made = pool.get(id) ?? newKey(type);
  pool.set(id, made);
  return made;
}

// ------------------------------------------------------------------------------------------------------- signatures

/** What a certificate can be signed with; the weak ones stand here to be refused. */
export type SigningHash = "SHA-256" | "SHA-384" | "SHA-512" | "SHA-1" | "SHA-224" | "MD5";

const digestNames: Readonly<Record<SigningHash, string>> = {
  "SHA-256": "sha256",
  "SHA-384": "sha384",
  "SHA-512": "sha512",
  "SHA-1": "sha1",
  "SHA-224": "sha224",
  MD5: "md5",
};

const hashIdentifiers: Readonly<Record<SigningHash, string>> = {
  "SHA-256": "2.16.840.1.101.3.4.2.1",
  "SHA-384": "2.16.840.1.101.3.4.2.2",
  "SHA-512": "2.16.840.1.101.3.4.2.3",
  "SHA-1": "1.3.14.3.2.26",
  "SHA-224": "2.16.840.1.101.3.4.2.4",
  MD5: "1.2.840.113549.2.5",
};

const rsaSignatures: Readonly<Record<SigningHash, string>> = {
  "SHA-256": "1.2.840.113549.1.1.11",
  "SHA-384": "1.2.840.113549.1.1.12",
  "SHA-512": "1.2.840.113549.1.1.13",
  "SHA-1": "1.2.840.113549.1.1.5",
  "SHA-224": "1.2.840.113549.1.1.14",
  MD5: "1.2.840.113549.1.1.4",
};

const ecdsaSignatures: Readonly<Partial<Record<SigningHash, string>>> = {
  "SHA-256": "1.2.840.10045.4.3.2",
  "SHA-384": "1.2.840.10045.4.3.3",
  "SHA-512": "1.2.840.10045.4.3.4",
  "SHA-1": "1.2.840.10045.4.1",
  "SHA-224": "1.2.840.10045.4.3.1",
};

/** RSASSA-PSS-params, as an element. */
export function pssParameters(hash: SigningHash, saltLength: number, maskHash = hash): Bytes {
  const algorithm = (of: SigningHash): Bytes =>
    sequence(objectIdentifier(hashIdentifiers[of]), nullElement());
  const mask = sequence(objectIdentifier("1.2.840.113549.1.1.8"), algorithm(maskHash));
  return sequence(element(0xa0, algorithm(hash)), element(0xa1, mask), element(0xa2, integer(saltLength)));
}

export interface Signing {
  /** The AlgorithmIdentifier. */
  readonly algorithm: Bytes;
  readonly sign: (message: Bytes) => Bytes;
}

/** How a key signs; a plain RSA key can be asked for RSASSA-PSS. */
export function signing(
  by: KeyPair,
  options: { hash?: SigningHash; pss?: boolean; saltLength?: number } = {},
): Signing {
  const usual: SigningHash = by.type === "P-384" ? "SHA-384" : by.type === "P-521" ? "SHA-512" : "SHA-256";
  const hash = options.hash ?? usual;
  const digest = digestNames[hash];
  const { privateKey } = by;
  if (by.type === "Ed25519") {
    return {
      algorithm: sequence(objectIdentifier("1.3.101.112")),
      sign: (message) => copyOf(crypto.sign(null, message, privateKey)),
    };
  }
  if (by.type === "RSA-PSS" || (by.type === "RSA" && options.pss === true)) {
    const saltLength = options.saltLength ?? crypto.createHash(digest).digest().length;
    const padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
    return {
      algorithm: sequence(objectIdentifier("1.2.840.113549.1.1.10"), pssParameters(hash, saltLength)),
      sign: (message) => copyOf(crypto.sign(digest, message, { key: privateKey, padding, saltLength })),
    };
  }
  const sign = (message: Bytes): Bytes => copyOf(crypto.sign(digest, message, privateKey));
  if (by.type === "RSA") {
    return { algorithm: sequence(objectIdentifier(rsaSignatures[hash]), nullElement()), sign };
  }
  return { algorithm: sequence(objectIdentifier(ecdsaSignatures[hash] as string)), sign };
}

// ------------------------------------------------------------------------------------------------------------ names

const attributes = {
  CN: "2.5.4.3",
  C: "2.5.4.6",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  DC: "0.9.2342.19200300.100.1.25",
  emailAddress: "1.2.840.113549.1.9.1",
} as const;

export type Attribute = readonly [type: keyof typeof attributes, value: string];

/** A Name, one attribute in each RDN, in the order given. A bare string is a common name. */
export function distinguishedName(name: string | readonly Attribute[]): Bytes {
  const list: readonly Attribute[] = typeof name === "string" ? (name === "" ? [] : [["CN", name]]) : name;
  return sequence(
    ...list.map(([type, value]) => {
      const isAscii = type === "emailAddress" || type === "DC";
      return setOf(
        sequence(objectIdentifier(attributes[type]), isAscii ? ia5String(value) : utf8String(value)),
      );
    }),
  );
}

const ascii = (text: string): Bytes => new Uint8Array(new TextEncoder().encode(text));

/** GeneralNames, one element each. */
export const generalName = {
  dns: (name: string): Bytes => element(0x82, ascii(name)),
  email: (address: string): Bytes => element(0x81, ascii(address)),
  uri: (uri: string): Bytes => element(0x86, ascii(uri)),
  ip: (address: string | readonly number[]): Bytes =>
    element(0x87, typeof address === "string" ? addressBytes(address) : new Uint8Array(address)),
  directory: (name: string | readonly Attribute[]): Bytes => element(0xa4, distinguishedName(name)),
  other: (type: string, value: Bytes): Bytes => element(0xa0, objectIdentifier(type), element(0xa0, value)),
};

/** The bytes of an IPv4 or IPv6 address. */
export function addressBytes(address: string): Bytes {
  if (!address.includes(":")) return new Uint8Array(address.split(".").map(Number));
  const [head = "", tail] = address.split("::");
  const groups = (part: string): number[] =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  const before = groups(head);
  const after = groups(tail ?? "");
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
  return new Uint8Array(all.flatMap((group) => [group >> 8, group & 0xff]));
}

// ------------------------------------------------------------------------------------------------------- extensions

export function extension(identifier: string, value: Bytes, critical = false): Bytes {
  return sequence(objectIdentifier(identifier), ...(critical ? [boolean(true)] : []), octetString(value));
}

const usages = [
  "digitalSignature",
  "contentCommitment",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
] as const;
export type Usage = (typeof usages)[number];

const purposes = {
  any: "2.5.29.37.0",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  emailProtection: "1.3.6.1.5.5.7.3.4",
} as const;
export type Purpose = keyof typeof purposes;

export const extensions = {
  basicConstraints: (ca: boolean, pathLength?: number, critical = true): Bytes =>
    extension(
      "2.5.29.19",
      sequence(...(ca ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])),
      critical,
    ),
  keyUsage: (...uses: readonly Usage[]): Bytes =>
    extension("2.5.29.15", namedBits(...uses.map((use) => usages.indexOf(use))), true),
  extendedKeyUsage: (...uses: readonly Purpose[]): Bytes =>
    extension("2.5.29.37", sequence(...uses.map((use) => objectIdentifier(purposes[use])))),
  subjectAltName: (names: readonly Bytes[], critical = false): Bytes =>
    extension("2.5.29.17", sequence(...names), critical),
  nameConstraints: (
    { permitted, excluded }: { permitted?: readonly Bytes[]; excluded?: readonly Bytes[] },
    critical = true,
  ): Bytes => {
    const subtrees = (tag: number, list: readonly Bytes[] | undefined): Bytes[] =>
      list === undefined ? [] : [element(tag, ...list.map((base) => sequence(base)))];
    return extension(
      "2.5.29.30",
      sequence(...subtrees(0xa0, permitted), ...subtrees(0xa1, excluded)),
      critical,
    );
  },
  subjectKeyIdentifier: (of: KeyPair): Bytes => extension("2.5.29.14", octetString(keyIdentifier(of))),
  authorityKeyIdentifier: (of: KeyPair): Bytes =>
    extension("2.5.29.35", sequence(element(0x80, keyIdentifier(of)))),
};

/** RFC 5280 §4.2.1.2, method 1, over the whole SubjectPublicKeyInfo: any value that is the key's own will do. */
function keyIdentifier({ spki }: KeyPair): Bytes {
  return copyOf(crypto.createHash("sha1").update(spki).digest());
}

// ----------------------------------------------------------------------------------------------------- certificates

/** The fields of a TBSCertificate, an element each. */
export interface TbsFields {
  version: Bytes;
  serialNumber: Bytes;
  signature: Bytes;
  issuer: Bytes;
  validity: Bytes;
  subject: Bytes;
  subjectPublicKeyInfo: Bytes;
  /** issuerUniqueID, subjectUniqueID or whatever else. */
  uniqueIdentifiers: Bytes;
  extensions: Bytes;
}

export interface CertificateOptions {
  /** A common name, a list of attributes, or a Name. Default: empty. */
  readonly subject?: string | readonly Attribute[] | Bytes;
  readonly key: KeyPair;
  /** Who signs. Default: itself. */
  readonly issuer?: { readonly subject: string | readonly Attribute[] | Bytes; readonly key: KeyPair };
  /** Milliseconds since 1970, or a Date. Default: a day ago. */
  readonly notBefore?: number | Date;
  /** Default: in ninety days. */
  readonly notAfter?: number | Date;
  /** Each an Extension. Default: none. */
  readonly extensions?: readonly Bytes[];
  /** Default: what the issuer's key does by itself. */
  readonly signing?: Signing;
  /** Changes the fields before they are signed. */
  readonly bend?: (fields: TbsFields) => void;
  /** The outer signatureAlgorithm, where it should differ. */
  readonly outerAlgorithm?: Bytes;
}

const day = 86_400_000;
let serial = 1;

export function makeCertificate(options: CertificateOptions): Bytes {
  const nameOf = (name: string | readonly Attribute[] | Bytes): Bytes =>
    name instanceof Uint8Array ? name : distinguishedName(name);
  const subject = nameOf(options.subject ?? "");
  const issuer = options.issuer ?? { subject, key: options.key };
  const { algorithm, sign } = options.signing ?? signing(issuer.key);
  const seconds = (time: number | Date | undefined, otherwise: number): number =>
    Math.floor(Number(time ?? Date.now() + otherwise) / 1000);
  const fields: TbsFields = {
    version: element(0xa0, integer(2)),
    serialNumber: integer(serial++),
    signature: algorithm,
    issuer: nameOf(issuer.subject),
    validity: sequence(time(seconds(options.notBefore, -day)), time(seconds(options.notAfter, 90 * day))),
    subject,
    subjectPublicKeyInfo: options.key.spki,
    uniqueIdentifiers: new Uint8Array(0),
    extensions:
      options.extensions === undefined || options.extensions.length === 0
        ? new Uint8Array(0)
        : element(0xa3, sequence(...options.extensions)),
  };
  options.bend?.(fields);
  const tbs = sequence(...(Object.values(fields) as Bytes[]));
  return sequence(tbs, options.outerAlgorithm ?? algorithm, bitString(sign(tbs)));
}

export function toPem(der: Bytes, label = "CERTIFICATE"): string {
  const lines = Buffer.from(der)
    .toString("base64")
    .replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

// ----------------------------------------------------------------------------------------------------------- chains

export interface ChainOptions {
  /** Of the leaf. Default: P-256. */
  readonly keyType?: KeyType;
  /** Of root and intermediates. Default: P-256. */
  readonly issuerKeyType?: KeyType;
  /** DNS names. Default: localhost, unless there are addresses. */
  readonly names?: readonly string[];
  /** IP addresses. */
  readonly ips?: readonly string[];
  /** Of the leaf. Default: a day ago. */
  readonly notBefore?: number | Date;
  /** Of the leaf. Default: in ninety days. */
  readonly notAfter?: number | Date;
  /** How many stand between leaf and root. Default: one. */
  readonly intermediates?: number;
  /** Default: a root of its own for each label, with the same key throughout the process. */
  readonly label?: string;
  /** The leaf's key usage. Default: digitalSignature. */
  readonly keyUsage?: readonly Usage[];
  /** What the leaf is for. Default: a TLS server. */
  readonly purposes?: readonly Purpose[];
  /** More extensions of the leaf: the way to a large certificate. */
  readonly extensions?: readonly Bytes[];
}

export interface Chain {
  readonly leafDer: Bytes;
  readonly leafPem: string;
  readonly leafKey: KeyPair;
  readonly leafKeyPkcs8Der: Bytes;
  readonly leafKeyPem: string;
  /** DER, the leaf's issuer first. */
  readonly intermediates: readonly Bytes[];
  readonly rootDer: Bytes;
  readonly rootPem: string;
  /** What a server sends: the leaf and the intermediates. */
  readonly sent: readonly Bytes[];
  readonly chainPem: string;
}

/** A certificate for a TLS server with those above it, all valid unless asked otherwise. */
export function makeChain(options: ChainOptions = {}): Chain {
  const { label = "Test", ips = [] } = options;
  const names = options.names ?? (ips.length === 0 ? ["localhost"] : []);
  const issuerType = options.issuerKeyType ?? "P-256";
  const authority = (subject: string, own: KeyPair, by?: { subject: string; key: KeyPair }): Bytes =>
    makeCertificate({
      subject,
      key: own,
      ...(by === undefined ? {} : { issuer: by }),
      notBefore: Date.now() - 400 * day,
      notAfter: Date.now() + 4000 * day,
      extensions: [
        extensions.basicConstraints(true),
        extensions.keyUsage("keyCertSign", "cRLSign"),
        extensions.subjectKeyIdentifier(own),
        extensions.authorityKeyIdentifier(by?.key ?? own),
      ],
    });

  let issuer = { subject: `${label} Root`, key: key(issuerType, `${label} root`) };
  const rootDer = authority(issuer.subject, issuer.key);
  const intermediates: Bytes[] = [];
  for (let i = 1; i <= (options.intermediates ?? 1); i++) {
    const next = {
      subject: `${label} Intermediate ${i}`,
      key: key(issuerType, `${label} intermediate ${i}`),
    };
    intermediates.unshift(authority(next.subject, next.key, issuer));
    issuer = next;
  }

  const leafKey = key(options.keyType ?? "P-256");
  const leafDer = makeCertificate({
    subject: names[0] ?? ips[0] ?? "",
    key: leafKey,
    issuer,
    ...(options.notBefore === undefined ? {} : { notBefore: options.notBefore }),
    ...(options.notAfter === undefined ? {} : { notAfter: options.notAfter }),
    extensions: [
      extensions.keyUsage(...(options.keyUsage ?? ["digitalSignature"])),
      extensions.extendedKeyUsage(...(options.purposes ?? ["serverAuth"])),
      extensions.subjectAltName([...names.map(generalName.dns), ...ips.map(generalName.ip)]),
      extensions.subjectKeyIdentifier(leafKey),
      extensions.authorityKeyIdentifier(issuer.key),
      ...(options.extensions ?? []),
    ],
  });
  const sent = [leafDer, ...intermediates];
  return {
    leafDer,
    leafPem: toPem(leafDer),
    leafKey,
    leafKeyPkcs8Der: leafKey.pkcs8,
    leafKeyPem: toPem(leafKey.pkcs8, "PRIVATE KEY"),
    intermediates,
    rootDer,
    rootPem: toPem(rootDer),
    sent,
    chainPem: sent.map((der) => toPem(der)).join(""),
  };
}

/** Extra bytes of a non-critical extension that nobody knows, for certificates of any size. */
export function ballast(bytes: number): Bytes {
  return extension("1.3.6.1.4.1.99999.1", octetString(concat(new Uint8Array(bytes))));
}

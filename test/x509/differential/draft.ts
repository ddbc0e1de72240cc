import { element, sequence } from "../../../src/der/writer.ts";
import type { Bytes } from "../../../src/wire/bytes.ts";
import {
  distinguishedName,
  extensions,
  generalName,
  type KeyPair,
  type KeyType,
  key,
  makeCertificate,
  type Signing,
  signing,
  type TbsFields,
} from "../../certificates.ts";

/** Where in a chain of three something is wrong. */
export type Position = "root" | "intermediate" | "leaf";
export const positions: readonly Position[] = ["root", "intermediate", "leaf"];

export const wanted = "a.example";
/** Seconds since 1970; what is judged is judged at this time. */
export const now = Math.floor(Date.UTC(2026, 0, 15) / 1000);
const day = 86_400;

type ExtensionName = "basic" | "usage" | "purpose" | "names" | "subjectKey" | "authorityKey";

/** A certificate before it is signed. Changes write into it. */
export interface Draft {
  readonly position: Position;
  /** Names, with their headers. */
  subject: Bytes;
  issuer: Bytes;
  key: KeyPair;
  /** Who signs. */
  by: KeyPair;
  /** Whose identifier the authority's is. */
  readonly authority: KeyPair;
  /** Seconds since 1970. */
  notBefore: number;
  notAfter: number;
  /** Extensions, in the order of the map. */
  readonly extensions: Map<ExtensionName | "more" | "another", Bytes>;
  signing: Signing | undefined;
  outerAlgorithm: Bytes | undefined;
  /** Changes the fields before they are signed. */
  bend: ((fields: TbsFields) => void) | undefined;
  /** Changes the certificate after it was signed. */
  after: ((der: Bytes) => Bytes) | undefined;
}

/** One thing that can be wrong with a certificate, or only looks so. */
export interface Change {
  readonly name: string;
  /** Default: everywhere. */
  readonly at?: readonly Position[];
  /** Keys of the certificate's issuer (or its own, at `own`) that it is for. Default: all. */
  readonly keys?: readonly KeyType[];
  readonly make: (draft: Draft) => void;
}

export interface Chain {
  readonly root: Bytes;
  readonly intermediate: Bytes;
  readonly leaf: Bytes;
}

/** A chain with no fault but the one that a change puts into the certificate at a position. Names differ by the number. */
export function makeChanged(number: number, keyType: KeyType, position: Position, change: Change): Chain {
  const keys = { root: key(keyType, "root"), intermediate: key(keyType, "intermediate"), leaf: key(keyType) };
  const names = {
    root: distinguishedName([
      ["O", "Differential"],
      ["CN", `Root ${number}`],
    ]),
    intermediate: distinguishedName([
      ["O", "Differential"],
      ["CN", `Intermediate ${number}`],
    ]),
    leaf: distinguishedName(wanted),
  };
  const drafts = {
    root: draftOf("root", names.root, names.root, keys.root, keys.root),
    intermediate: draftOf("intermediate", names.intermediate, names.root, keys.intermediate, keys.root),
    leaf: draftOf("leaf", names.leaf, names.intermediate, keys.leaf, keys.intermediate),
  };
  change.make(drafts[position]);
  // Whoever is below bears the name and the signature of what is above now.
  if (position === "root") {
    drafts.intermediate.issuer = drafts.root.subject;
    drafts.intermediate.by = drafts.root.key;
  }
  if (position === "intermediate") {
    drafts.leaf.issuer = drafts.intermediate.subject;
    drafts.leaf.by = drafts.intermediate.key;
  }
  return { root: write(drafts.root), intermediate: write(drafts.intermediate), leaf: write(drafts.leaf) };
}

function draftOf(position: Position, subject: Bytes, issuer: Bytes, own: KeyPair, by: KeyPair): Draft {
  const isAuthority = position !== "leaf";
  const given: [ExtensionName, Bytes][] = [
    ["basic", extensions.basicConstraints(isAuthority)],
    [
      "usage",
      isAuthority ? extensions.keyUsage("keyCertSign", "cRLSign") : extensions.keyUsage("digitalSignature"),
    ],
    ["subjectKey", extensions.subjectKeyIdentifier(own)],
    ["authorityKey", extensions.authorityKeyIdentifier(by)],
  ];
  if (!isAuthority) {
    given.push(["purpose", extensions.extendedKeyUsage("serverAuth")]);
    given.push(["names", extensions.subjectAltName([generalName.dns(wanted)])]);
  }
  const years = { root: 10, intermediate: 5, leaf: 0.2 }[position];
  return {
    position,
    subject,
    issuer,
    key: own,
    by,
    authority: by,
    notBefore: now - 10 * day,
    notAfter: now + Math.round(years * 365) * day,
    extensions: new Map(given),
    signing: undefined,
    outerAlgorithm: undefined,
    bend: undefined,
    after: undefined,
  };
}

function write(draft: Draft): Bytes {
  const der = makeCertificate({
    subject: draft.subject,
    key: draft.key,
    issuer: { subject: draft.issuer, key: draft.by },
    notBefore: draft.notBefore * 1000,
    notAfter: draft.notAfter * 1000,
    extensions: [...draft.extensions.values()],
    signing: draft.signing ?? signing(draft.by),
    ...(draft.bend === undefined ? {} : { bend: draft.bend }),
    ...(draft.outerAlgorithm === undefined ? {} : { outerAlgorithm: draft.outerAlgorithm }),
  });
  return draft.after === undefined ? der : draft.after(der);
}

/** The field [3] of a TBSCertificate, from whatever stands in it. */
export const extensionField = (...list: readonly Bytes[]): Bytes => element(0xa3, sequence(...list));

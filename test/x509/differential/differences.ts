import type { Position } from "./draft.ts";

/** Why this project and `openssl verify -x509_strict` differ about a change. */
export interface Difference {
  readonly reason: string;
  readonly ours: "trusted" | "refused";
  /** Where they differ about it; undefined wherever it is made. */
  readonly at?: readonly Position[];
  /** Names of changes. */
  readonly changes: readonly string[];
}

/** Every difference there is, over all changes, places and keys; one that goes away fails the test as a new one does. */
export const differences: readonly Difference[] = [
  {
    reason: "openssl reads BER, or takes another DER than X.690 §10 and §11 allow",
    ours: "refused",
    changes: [
      "an indefinite length",
      "an RDN that is not sorted",
      "an extension that is not critical, spelled out",
      "a minimum of 0 spelled out",
      "an @ in a PrintableString",
    ],
  },
  {
    reason: "openssl reads BER; such a CA's key usage it refuses at a leaf, for what it says",
    ours: "refused",
    at: ["root", "intermediate"],
    changes: [
      "a keyUsage with a zero at its end",
      "a keyUsage with unused bits that are set",
      "a keyUsage of three bytes",
      "a critical flag that is true as BER has it",
    ],
  },
  {
    reason:
      "openssl does not look at the signature of a root: it takes such bits everywhere else as a wrong signature",
    ours: "refused",
    at: ["root"],
    changes: [
      "a signature with a count of unused bits",
      "a bit of the signature flipped",
      "a signature cut short",
      "an empty signature",
      "a byte behind the signature",
      "signed by somebody else",
    ],
  },
  {
    reason:
      "a root is judged as a certificate where RFC 5280 is asked for (§4.1.2.2); openssl does not look at its serial number",
    ours: "refused",
    at: ["root"],
    changes: [
      "a negative serial number",
      "a serial number of 21 bytes",
      "a serial number of 20 bytes and a sign",
    ],
  },
  {
    reason: "openssl does not look at extensions that it has no use for, or not at what stands behind them",
    ours: "refused",
    changes: [
      "the same policy twice",
      "no policies",
      "a policy with an empty list of qualifiers",
      "a policy with something else behind it",
      "policy constraints that say nothing",
      "any policy inhibited, with a negative number",
      "no CRL distribution points",
      "a CRL distribution point without names",
      "no access to information",
      "an access to information without a place",
      "an issuer's other names, of which there are none",
      "attributes of the subject without values",
      "a list of timestamps of logs that is a NULL",
      "must-staple that is an INTEGER",
      "name constraints that say nothing",
      "an empty list of permitted names",
      "no policy mappings",
    ],
  },
  {
    reason: "a leaf's basicConstraints have to be DER too; what openssl reads there is that it is no CA",
    ours: "refused",
    at: ["leaf"],
    changes: ["a byte behind basicConstraints", "cA spelled out as false"],
  },
  {
    reason:
      "openssl looks at subtrees when it compares a name with one, and at a leaf's never (RFC 5280 §4.2.1.10)",
    ours: "refused",
    changes: ["a mask with gaps", "an address without a mask", "an address and a mask of unequal lengths"],
  },
  {
    reason:
      "what RFC 5280 §4.2.1.10 forbids in a subtree; at a CA openssl comes to compare it, and refuses it too",
    ours: "refused",
    at: ["leaf"],
    changes: ["a minimum of 1", "a maximum", "permits a wildcard"],
  },
  {
    reason: "RFC 5280 §4.2.1.10 has a dot in front for hosts of URIs and mailboxes, not for DNS names",
    ours: "refused",
    at: ["root", "intermediate"],
    changes: ["permits all above the name, with a dot"],
  },
  {
    reason: "RFC 5280 §4.2.1.10: name constraints are for CAs; openssl passes over those of others",
    ours: "refused",
    at: ["leaf"],
    changes: [
      "permits the name",
      "permits all above the name",
      "permits all above the name, with a dot",
      "permits what is below the name only",
      "permits everything",
      "permits another name",
      "permits another name, not critically",
      "permits the end of the name, but not at a dot",
      "permits the name in capitals",
      "permits addresses only",
      "permits mailboxes only",
      "excludes the name",
      "excludes all above the name",
      "excludes everything",
      "excludes another name",
      "excludes what is below the name",
      "excludes what it permits",
      "permits another directory",
      "excludes another directory",
      "permits the directory of CAs only",
      "excludes the directory of CAs",
      "excludes the leaf's directory",
      "permits a URI",
      "excludes a form that nobody knows",
      "permits an identifier only",
    ],
  },
  {
    reason: "RFC 5280 §4.1.2.1: there are three versions, and a certificate with extensions is of the third",
    ours: "refused",
    changes: ["version 4"],
  },
  {
    reason: "RFC 5280 §4.1.2.1: only version 3 can say what it is for; openssl refuses CAs of version 1 only",
    ours: "refused",
    at: ["leaf"],
    changes: ["version 1 without extensions"],
  },
  {
    reason:
      "RFC 5280 §4.1.2.2: serial numbers are positive and have 20 bytes at most (a root's are not judged)",
    ours: "refused",
    at: ["intermediate", "leaf"],
    changes: [
      "serial number 0",
      "a negative serial number",
      "a serial number of 21 bytes",
      "a serial number of 20 bytes and a sign",
    ],
  },
  {
    reason: "RFC 9846 §4.3.3: no SHA-224 (a root's own signature is not checked)",
    ours: "refused",
    at: ["intermediate", "leaf"],
    changes: ["signed with SHA-224"],
  },
  {
    reason: "RFC 5758 §3.2, RFC 8410 §3: these algorithms have no parameters",
    ours: "refused",
    changes: ["an ECDSA signature with NULL", "an Ed25519 signature with NULL"],
  },
  {
    reason: "RFC 9846 §4.3.3: the salt is as long as the hash",
    ours: "refused",
    at: ["intermediate", "leaf"],
    changes: ["RSASSA-PSS with a salt of another length than its hash"],
  },
  {
    reason: "RFC 5280 §4.1.2.5: UTCTime until 2049",
    ours: "refused",
    changes: ["a GeneralizedTime before 2050"],
  },
  {
    reason: "RFC 5280 §7.1 would fold names before it compares them; names are chained by their bytes here",
    ours: "refused",
    at: ["intermediate", "leaf"],
    changes: [
      "its issuer's name in other letters",
      "its issuer's name in another type of string",
      "its issuer's name with more spaces",
    ],
  },
  {
    reason: "openssl does not judge the leaf's key, but for its size",
    ours: "refused",
    changes: [
      "an RSA key of 8200 bits",
      "an RSA key with the exponent 1",
      "an RSA key with an even exponent",
      "an RSA key with an exponent above 2^32",
      "an RSA key with a negative modulus",
      "an RSA key without NULL",
      "a compressed point",
      "a point in the hybrid form",
      "a key on P-224",
      "a key on secp256k1",
    ],
  },
  {
    reason: "a limit of ours (src/x509/limits.ts), or numbers beyond any use",
    ours: "refused",
    changes: ["65 extensions that nobody knows", "a path length of five bytes"],
  },
  {
    reason:
      "no policy is asked for, so what demands one can't be done (RFC 5280 §4.2.1.11); openssl has to be told to",
    ours: "refused",
    changes: [
      "an explicit policy required",
      "an explicit policy required, not critically",
      "an explicit policy required further down",
      "policy mappings inhibited",
    ],
  },
  {
    reason:
      "RFC 5280 §4.2: a critical extension that is not acted on is refused; openssl reads this one and goes on",
    ours: "refused",
    changes: ["a CRL distribution point, critically"],
  },
  {
    reason: "server-gated cryptography is no purpose of RFC 5280's; openssl takes it for serverAuth",
    ours: "refused",
    changes: ["for old servers (SGC) only"],
  },
  {
    reason: "RFC 9525 §6.3: a name is a DNS name in the subjectAltName, never the common name",
    ours: "refused",
    changes: ["no subjectAltName", "the name as a URI", "the name as a mailbox"],
  },
  {
    reason: "RFC 5280 §4.2.1.6: names and addresses are well written, whether somebody asks for them or not",
    ours: "refused",
    changes: [
      "an empty DNS name besides",
      "a DNS name with an underscore besides",
      "a DNS name that is no host besides",
      "a DNS name beyond ASCII besides",
      "an address of 5 bytes besides",
      "an address of 8 bytes besides",
    ],
  },
  {
    reason: "a root is trusted for its name and key; who issued and signed it, and how, is not asked",
    ours: "trusted",
    at: ["root"],
    changes: [
      "an algorithm that nobody knows",
      "issued by a stranger",
      "no issuer",
      "another authority's name and serial number",
    ],
  },
  {
    reason: "RFC 5280 §4.1.2.5: valid through its last second, which openssl counts no more",
    ours: "trusted",
    changes: ["in its last second"],
  },
  {
    reason: "RFC 5280 §4.1.2.4: the value of an attribute is of any type; openssl takes strings only",
    ours: "trusted",
    changes: ["an attribute that is no text"],
  },
  {
    reason: "no signature verifies with such a key, and the handshake asks for one",
    ours: "trusted",
    changes: ["a point that is not on its curve"],
  },
  {
    reason: "RFC 5280 §6.1.4 (n): a key usage counts if there is one; that CAs have one is for CAs to keep",
    ours: "trusted",
    at: ["root", "intermediate"],
    changes: ["no keyUsage"],
  },
  {
    reason: "which uses a handshake needs is for the handshake to say: it refuses a key that may not sign",
    ours: "trusted",
    changes: ["a keyUsage for content commitment only"],
  },
  {
    reason: "RFC 5280 §4.2.1.12: any purpose is any purpose; openssl wants serverAuth by name",
    ours: "trusted",
    changes: ["for any purpose", "for clients and any purpose"],
  },
  {
    reason: "RFC 5280 §4.2.1.1: key identifiers help to find an issuer; who signed is told by the signature",
    ours: "trusted",
    changes: ["a subjectKeyIdentifier that is nobody's", "another authorityKeyIdentifier"],
  },
  {
    reason: "RFC 5280 §4.2.1.2: a key identifier is any string; openssl takes an empty one for another key's",
    ours: "trusted",
    at: ["root", "intermediate"],
    changes: ["an empty subjectKeyIdentifier"],
  },
  {
    reason: "no RFC has this extension: Netscape had",
    ours: "trusted",
    at: ["leaf"],
    changes: ["a Netscape certificate type for clients"],
  },
];

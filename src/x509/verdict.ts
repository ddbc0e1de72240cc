import type { PublicKey } from "../crypto/publicKey.ts";
import type { Certificate } from "./certificate.ts";
import type { GeneralName } from "./generalName.ts";
import type { Note } from "./pathCheck.ts";
import type { Profile } from "./profile.ts";
import { rankOf } from "./ruleSets.ts";
import type { RuleName } from "./rules.ts";
import type { TrustAnchor } from "./trustAnchor.ts";

/** A name, and the bytes that it stands in. */
export interface NamedPart {
  readonly der: Uint8Array;
  readonly name: GeneralName;
}

/** A rule that is broken, and by whom. */
export interface Failure {
  readonly rule: RuleName;
  /** Undefined where the anchor breaks it, or where a certificate can't be read. */
  readonly certificate: Certificate | undefined;
  readonly anchor: TrustAnchor | undefined;
  /** What the certificate alone does not say: a number in words, a name of it, the name of another one. */
  readonly about: string | NamedPart;
}

/** One way that was tried, and where it ended. */
export interface Attempt {
  /** From the server's certificate upwards. */
  readonly path: readonly Certificate[];
  readonly anchor: TrustAnchor | undefined;
  /** The rules that it was held to: the anchor's, where the question names none. */
  readonly profile: Profile;
  readonly failure: Failure;
}

/** What is to be said of a chain. */
export type Verdict =
  | {
      readonly trusted: true;
      /** The key of the peer, with which its CertificateVerify is checked. */
      readonly publicKey: PublicKey;
      /** From the peer's certificate upwards; the anchor is not among them. */
      readonly path: readonly Certificate[];
      readonly anchor: TrustAnchor;
      /** The rules that were kept. */
      readonly profile: Profile;
      /** What the checks found. */
      readonly notes: readonly Note[];
    }
  | {
      readonly trusted: false;
      /** The server's certificate, if it can be read. */
      readonly leaf: Certificate | undefined;
      /** The reason: the first of the failures. */
      readonly failure: Failure;
      /**
       * That a limit was reached, if it was; then those of the peer's certificate, and of the way that came nearest to an
       * anchor, by the order of the rules.
       */
      readonly failures: readonly Failure[];
      readonly attempts: readonly Attempt[];
    };

/** One look at one certificate (or anchor) by one rule, for those who watch. */
export interface Finding {
  readonly rule: RuleName;
  readonly certificate: Certificate | undefined;
  readonly anchor: TrustAnchor | undefined;
  /** Undefined where the rule is kept. */
  readonly failure: Failure | undefined;
}

export type Watch = (finding: Finding) => void;

export function failureOf(rule: RuleName, certificate: Certificate, about: Failure["about"] = ""): Failure {
  return { rule, certificate, anchor: undefined, about };
}

/** The failures in the order in which they are told; there is one at least. */
export function inOrder(failures: readonly Failure[]): readonly Failure[] {
  return [...failures].sort((a, b) => rankOf(a.rule) - rankOf(b.rule));
}

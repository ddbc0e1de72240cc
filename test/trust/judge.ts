import { defaultProvider } from "../../src/crypto/provider/node.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { createServerVerifier } from "../../src/trust/serverVerifier.ts";
import type { Roots } from "../../src/trust/trustStore.ts";
import type { PresentedCertificates, ServerIdentity, VerificationStep } from "../../src/trust/verifier.ts";
import type { Bytes } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import {
  type CertificateOptions,
  extensions,
  generalName,
  type KeyPair,
  key,
  makeCertificate,
} from "../certificates.ts";

export const wanted = "a.example";

export interface Case {
  readonly chain: readonly Bytes[];
  readonly roots?: Roots;
  /** Default: a.example. */
  readonly serverName?: string;
  /** Milliseconds since 1970. Default: now. */
  readonly time?: number;
  readonly provider?: CryptoProvider;
  /** Default: false. */
  readonly fromSession?: boolean;
  readonly step?: (step: VerificationStep) => void;
}

export function presented({
  chain,
  serverName,
  time,
  provider,
  fromSession,
  step,
}: Case): PresentedCertificates {
  return {
    chain,
    serverName: serverName ?? wanted,
    ocspResponse: undefined,
    signedCertificateTimestamps: [],
    fromSession: fromSession ?? false,
    time: time ?? Date.now(),
    provider: provider ?? defaultProvider,
    signal: new AbortController().signal,
    step,
  };
}

/** By default there is one root: the one of {@link root}. */
export async function judge(given: Case): Promise<ServerIdentity> {
  return createServerVerifier({ roots: given.roots ?? [root.der] })(presented(given));
}

/** How a chain is refused; fails where it is not. */
export async function refusal(given: Case): Promise<{ code: string; alert: string; message: string }> {
  try {
    await judge(given);
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    return {
      code: error.code,
      alert: `${error.alert?.name} ${error.alert?.direction}`,
      message: error.message,
    };
  }
  throw new Error("the chain was accepted");
}

/** The refusals that there are, each with its alert: what every failing case has to end in. */
export const refused = {
  malformed: { code: "certificate_malformed", alert: "bad_certificate sent" },
  invalid: { code: "certificate_invalid", alert: "bad_certificate sent" },
  unsupported: { code: "certificate_unsupported", alert: "unsupported_certificate sent" },
  expired: { code: "certificate_expired", alert: "certificate_expired sent" },
  unknownCa: { code: "certificate_unknown_ca", alert: "unknown_ca sent" },
  tooCostly: { code: "certificate_too_costly", alert: "bad_certificate sent" },
  name: { code: "certificate_name_mismatch", alert: "bad_certificate sent" },
} as const;

export interface Authority {
  readonly subject: string;
  readonly key: KeyPair;
  readonly der: Bytes;
}

const day = 86_400_000;

/** What a CA's certificate has by default, key identifiers and all. */
export function authorityExtensions(own: KeyPair, by: KeyPair, pathLength?: number): readonly Bytes[] {
  return [
    extensions.basicConstraints(true, pathLength),
    extensions.keyUsage("keyCertSign", "cRLSign"),
    extensions.subjectKeyIdentifier(own),
    extensions.authorityKeyIdentifier(by),
  ];
}

/** A CA: a root, unless somebody issues it. */
export function authority(
  subject: string,
  {
    issuer,
    pathLength,
    more = [],
    ...options
  }: Partial<Omit<CertificateOptions, "issuer">> & {
    issuer?: Authority;
    pathLength?: number;
    more?: readonly Bytes[];
  } = {},
): Authority {
  const own = options.key ?? key("P-256", subject);
  const der = makeCertificate({
    subject,
    key: own,
    notBefore: Date.now() - 1000 * day,
    notAfter: Date.now() + 1000 * day,
    extensions: [...authorityExtensions(own, issuer?.key ?? own, pathLength), ...more],
    ...(issuer === undefined ? {} : { issuer }),
    ...options,
  });
  return { subject, key: own, der };
}

export const root = authority("Root");

/** What a server's certificate has by default, for a.example. */
export const leafExtensions: readonly Bytes[] = [
  extensions.keyUsage("digitalSignature"),
  extensions.extendedKeyUsage("serverAuth"),
  extensions.subjectAltName([generalName.dns(wanted)]),
];

/** A server's certificate for a.example, from the root unless asked otherwise. */
export function leaf(options: Partial<CertificateOptions> = {}): Bytes {
  return makeCertificate({
    subject: wanted,
    key: key("P-256"),
    issuer: root,
    extensions: leafExtensions,
    ...options,
  });
}

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as later } from "node:timers/promises";
import {
  type ChooseIdentity,
  type ClientIdentity,
  chooseIdentity,
  createClientIdentity,
  type IdentityRequest,
} from "../../src/node/index.ts";
import { type ExternalPskOptions, importPsk } from "../../src/sessions.ts";
import type { Credential, Settings } from "./settings.ts";

/** How the client shows who it is, and what was asked of it. */
export interface Identities {
  readonly choose: ChooseIdentity;
  /** Whether there is anything to show. */
  readonly some: boolean;
  /** The request that came. */
  asked(): IdentityRequest | undefined;
  /** The number of the credential that was chosen. */
  chosen(): number | undefined;
}

/** The runner's credentials as identities: the first that suits is taken, as it wants them. */
export function identitiesOf({ credentials, async, failCertCallback }: Settings): Identities {
  let asked: IdentityRequest | undefined;
  let chosen: number | undefined;
  const identities = credentials
    .filter(({ kind }) => kind === "x509")
    .sort((a, b) => Number(a.index < 0) - Number(b.index < 0))
    .map((credential) => ({ credential, identity: identityOf(credential, async ?? false) }));
  return {
    some: identities.length > 0 || (failCertCallback ?? false),
    asked: () => asked,
    chosen: () => chosen,
    choose: async (request) => {
      asked = request;
      if (async) await later(1);
      if (failCertCallback) throw new Error("the callback was told to fail");
      const first = identities.find(({ credential, identity }) => {
        if (identity.schemes.length === 0) return false;
        // BoringSSL looks at the issuer only where it is told to.
        const authorities = credential.mustMatchIssuer ? request.certificateAuthorities : [];
        return chooseIdentity({ ...request, certificateAuthorities: authorities }, [identity]) !== undefined;
      });
      chosen = first?.credential.index;
      return first?.identity;
    },
  };
}

function identityOf(credential: Credential, async: boolean): ClientIdentity {
  const { certFile, keyFile, ocspResponse, signedCertificateTimestamps, signingPrefs } = credential;
  const identity = createClientIdentity({
    cert: readFileSync(certFile ?? "", "utf8"),
    key: readFileSync(keyFile ?? "", "utf8"),
    ...(ocspResponse === undefined ? {} : { ocspResponse }),
    ...(signedCertificateTimestamps === undefined
      ? {}
      : { signedCertificateTimestamps: itemsOf(signedCertificateTimestamps) }),
  });
  return {
    ...identity,
    schemes: identity.schemes.filter((name) => signingPrefs?.includes(name) ?? true),
    sign: async (scheme, content, context) => {
      if (async) await later(1);
      return identity.sign(scheme, content, context);
    },
  };
}

/** RFC 9258 §5.1: a key for each hash of the suites. */
export function pskOptionsOf({ credentials }: Settings): readonly ExternalPskOptions[] {
  return credentials.filter(({ kind }) => kind === "psk").flatMap(importedPsks);
}

/** The number of the credential that a PSK was made of. */
export function pskCredential(identity: Uint8Array, { credentials }: Settings): number | undefined {
  const isIt = (psk: ExternalPskOptions): boolean => Buffer.from(psk.identity).equals(identity);
  return credentials.find((one) => one.kind === "psk" && importedPsks(one).some(isIt))?.index;
}

function importedPsks({
  pskIdentity,
  pskKey,
  pskContext,
  pskHash,
}: Credential): readonly ExternalPskOptions[] {
  return (["SHA-256", "SHA-384"] as const).map((targetHash) =>
    importPsk({
      identity: pskIdentity ?? new Uint8Array(),
      key: pskKey ?? new Uint8Array(),
      context: pskContext ?? new Uint8Array(),
      hash: pskHash ?? "SHA-256",
      targetHash,
    }),
  );
}

/** DER, of a file of one or more certificates in PEM. */
export function certificatesIn(file: string): readonly Uint8Array[] {
  const pems = readFileSync(file, "utf8").match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  return (pems ?? []).map((pem) => new X509Certificate(pem).raw);
}

/** RFC 6962 §3.3: a list, each of its items after its length in two bytes. */
export function itemsOf(list: Uint8Array): readonly Uint8Array[] {
  const items: Uint8Array[] = [];
  const view = new DataView(list.buffer, list.byteOffset, list.length);
  for (let at = 2; at < list.length; at += 2 + view.getUint16(at)) {
    items.push(list.slice(at + 2, at + 2 + view.getUint16(at)));
  }
  return items;
}

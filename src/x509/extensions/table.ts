import type { DerCursor } from "../../der/cursor.ts";
import { objectIdentifier } from "../../der/objectIdentifier.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { readGeneralNames } from "../generalName.ts";
import { readBasicConstraints } from "./basicConstraints.ts";
import { readExtendedKeyUsage } from "./extendedKeyUsage.ts";
import { readAuthorityKeyIdentifier, readSubjectKeyIdentifier } from "./keyIdentifiers.ts";
import { readKeyUsage } from "./keyUsage.ts";
import { readNameConstraints } from "./nameConstraints.ts";
import { readDistributionPoints, readInformationAccess, readSubjectDirectoryAttributes } from "./pointers.ts";
import {
  readCertificatePolicies,
  readInhibitAnyPolicy,
  readPolicyConstraints,
  readPolicyMappings,
} from "./policies.ts";
import { readSignedCertificateTimestamps, readTlsFeature } from "./tls.ts";

interface Row<T> {
  readonly identifier: Bytes;
  readonly read: (cursor: DerCursor) => T;
  /**
   * Whether path validation does what the extension asks for, so that a certificate may make it critical. Some of the
   * others may never be critical at all (RFC 5280 says so of the key identifiers and of all that point elsewhere).
   */
  readonly processed: boolean;
}

function processed<T>(dotted: string, read: (cursor: DerCursor) => T): Row<T> {
  return { identifier: objectIdentifier(dotted), read, processed: true };
}

function readOnly<T>(dotted: string, read: (cursor: DerCursor) => T): Row<T> {
  return { identifier: objectIdentifier(dotted), read, processed: false };
}

/** The extensions that are known. Each is read when its certificate is; a new one is a reader and a row. */
export const extensionRows = {
  subjectKeyIdentifier: readOnly("2.5.29.14", readSubjectKeyIdentifier),
  keyUsage: processed("2.5.29.15", readKeyUsage),
  subjectAltName: processed("2.5.29.17", (cursor) => readGeneralNames(cursor)),
  issuerAltName: readOnly("2.5.29.18", (cursor) => readGeneralNames(cursor)),
  basicConstraints: processed("2.5.29.19", readBasicConstraints),
  nameConstraints: processed("2.5.29.30", readNameConstraints),
  crlDistributionPoints: readOnly("2.5.29.31", readDistributionPoints),
  certificatePolicies: processed("2.5.29.32", readCertificatePolicies),
  policyMappings: processed("2.5.29.33", readPolicyMappings),
  authorityKeyIdentifier: readOnly("2.5.29.35", readAuthorityKeyIdentifier),
  policyConstraints: readOnly("2.5.29.36", readPolicyConstraints),
  extendedKeyUsage: processed("2.5.29.37", readExtendedKeyUsage),
  freshestCrl: readOnly("2.5.29.46", readDistributionPoints),
  inhibitAnyPolicy: processed("2.5.29.54", readInhibitAnyPolicy),
  subjectDirectoryAttributes: readOnly("2.5.29.9", readSubjectDirectoryAttributes),
  authorityInfoAccess: readOnly("1.3.6.1.5.5.7.1.1", readInformationAccess),
  subjectInfoAccess: readOnly("1.3.6.1.5.5.7.1.11", readInformationAccess),
  tlsFeature: readOnly("1.3.6.1.5.5.7.1.24", readTlsFeature),
  signedCertificateTimestamps: readOnly("1.3.6.1.4.1.11129.2.4.2", readSignedCertificateTimestamps),
};

export type ExtensionName = keyof typeof extensionRows;

/** A bit for each, so that a number can say which of them there are. */
export const extensionBits = Object.fromEntries(
  Object.keys(extensionRows).map((name, i) => [name, 1 << i]),
) as Readonly<Record<ExtensionName, number>>;

/** What the extensions of a certificate say; undefined where one is absent, or has nothing that is kept. */
export type ExtensionValues = {
  readonly [N in ExtensionName]: ReturnType<(typeof extensionRows)[N]["read"]> | undefined;
};

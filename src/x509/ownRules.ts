import { latin1 } from "../der/strings.ts";
import { type Certificate, isSelfIssued, sameBytes } from "./certificate.ts";
import { commonNames, isEmptyName } from "./distinguishedName.ts";
import { hasBit } from "./extensions/block.ts";
import { purposes } from "./extensions/extendedKeyUsage.ts";
import { keyUsages } from "./extensions/keyUsage.ts";
import { addressToString, type GeneralName, generalNames } from "./generalName.ts";
import { isPreferredSyntax } from "./preferredSyntax.ts";

// What a certificate breaks by itself, whoever asks and whatever for: the predicates of rows of the table of rules.

export const isAuthority = ({ extensions }: Certificate): boolean => extensions.basicConstraints?.ca === true;

export const isZero = ({ der, serialNumber: { start, end } }: Certificate): boolean =>
  end - start === 1 && der[start] === 0;

/** A key usage, where there is one, is a limit. */
export const lacksUsage = ({ extensions: { keyUsage } }: Certificate, usage: number): boolean =>
  keyUsage !== undefined && (keyUsage & usage) === 0;

/** What only a CA's certificate may say. */
export const poses = (certificate: Certificate): boolean => {
  const { keyUsage = 0, nameConstraints } = certificate.extensions;
  return (
    !isAuthority(certificate) && ((keyUsage & keyUsages.keyCertSign) !== 0 || nameConstraints !== undefined)
  );
};

/** Self-signed certificates may do without (RFC 5280 §4.2.1.1); whether it is its own key that signed is not looked at. */
export const lacksAuthorityKeyIdentifier = (certificate: Certificate): boolean =>
  certificate.extensions.authorityKeyIdentifier?.keyIdentifier === undefined && !isSelfIssued(certificate);

export const hasOddName = ({ der, extensions }: Certificate): boolean =>
  extensions.subjectAltName?.some(
    (name) => name.tag === generalNames.dNSName && !isPreferredSyntax(der, name),
  ) === true;

/** RFC 5280 §4.2.1.10 has a dot in front of hosts in URIs only. */
export const hasDottedConstraint = ({ der, extensions: { nameConstraints } }: Certificate): boolean => {
  const isDotted = ({ tag, start, end }: GeneralName): boolean =>
    tag === generalNames.dNSName && start < end && der[start] === 0x2e;
  return (
    nameConstraints !== undefined &&
    (nameConstraints.permitted.some(isDotted) || nameConstraints.excluded.some(isDotted))
  );
};

/** Under an empty subject a critical subjectAltName has to stand. */
export const isNameless = ({ subject, extensions }: Certificate): boolean =>
  isEmptyName(subject) && !hasBit(extensions.critical, "subjectAltName");

/** BR §7.1.2.7.12: names have to be there, and are critical only under an empty subject. */
export const hasUnfitNames = ({ subject, extensions }: Certificate): boolean =>
  extensions.subjectAltName === undefined ||
  (!isEmptyName(subject) && hasBit(extensions.critical, "subjectAltName"));

/** BR §7.1.4.3: one common name at most, and it copies an alternative name, an address in its canonical spelling. */
export function hasOwnCommonName({ der, subject, extensions }: Certificate): boolean {
  const names = commonNames(der, subject);
  const common = names[0];
  if (common === undefined) return false;
  const isCopy = extensions.subjectAltName?.some(
    (name) =>
      (name.tag === generalNames.dNSName && latin1(der, name) === common) ||
      (name.tag === generalNames.iPAddress && addressToString(der.subarray(name.start, name.end)) === common),
  );
  return names.length > 1 || isCopy !== true;
}

/** BR §7.1.2.7.10: purposes are named, not critical, and none stands for all of them. */
export const hasUnfitPurposes = ({ extensions }: Certificate): boolean =>
  extensions.extendedKeyUsage === undefined ||
  (extensions.extendedKeyUsage & purposes.any) !== 0 ||
  hasBit(extensions.critical, "extendedKeyUsage");

/** BR §7.1.2.1.3: where a root names its issuer's key, it is by its own identifier and by nothing else. */
export function namesAnotherKey({ der, extensions }: Certificate): boolean {
  const { authorityKeyIdentifier: authority, subjectKeyIdentifier: own } = extensions;
  if (authority === undefined) return false;
  const { keyIdentifier, hasSerialNumber } = authority;
  if (keyIdentifier === undefined || own === undefined) return true;
  return hasSerialNumber || !sameBytes(der, keyIdentifier, der, own);
}

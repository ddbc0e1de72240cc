/**
 * RFC 9846 §4.3.7: the named groups, with the bytes of a client's share (§4.3.8.2), in the order in which they are offered.
 * A new group is a row here, and a key exchange in the providers.
 */
export const groups = {
  // RFC 10024: two exchanges in one, whose shares and secrets stand one behind the other in the order of `parts`.
  X25519MLKEM768: { code: 0x11ec, shareLength: 1184 + 32, parts: ["ML-KEM-768", "x25519"] },
  x25519: { code: 0x001d, shareLength: 32 },
  secp256r1: { code: 0x0017, shareLength: 65 },
  secp384r1: { code: 0x0018, shareLength: 97 },
  secp521r1: { code: 0x0019, shareLength: 133 },
  SecP256r1MLKEM768: { code: 0x11eb, shareLength: 65 + 1184, parts: ["secp256r1", "ML-KEM-768"] },
  SecP384r1MLKEM1024: { code: 0x11ed, shareLength: 97 + 1568, parts: ["secp384r1", "ML-KEM-1024"] },
} as const;

export type GroupName = keyof typeof groups;

/** Groups that are a curve and ML-KEM together. */
export type HybridGroup = {
  readonly [N in GroupName]: (typeof groups)[N] extends { readonly parts: readonly string[] } ? N : never;
}[GroupName];

/** Groups that are a curve. */
export type CurveGroup = Exclude<GroupName, HybridGroup>;

/** FIPS 203 table 3: the bytes of what goes to the peer, and of what comes back. A secret has 32. */
export const mlKems = {
  "ML-KEM-768": { encapsulationKeyLength: 1184, ciphertextLength: 1088 },
  "ML-KEM-1024": { encapsulationKeyLength: 1568, ciphertextLength: 1568 },
} as const;

export type MlKemName = keyof typeof mlKems;

export function isHybrid(group: GroupName): group is HybridGroup {
  return "parts" in groups[group];
}

/** The parts of a hybrid group, and whether ML-KEM's comes first. */
export function partsOf(group: HybridGroup): {
  readonly kem: MlKemName;
  readonly curve: CurveGroup;
  readonly kemFirst: boolean;
} {
  const [first, second] = groups[group].parts;
  return first in mlKems
    ? { kem: first as MlKemName, curve: second as CurveGroup, kemFirst: true }
    : { kem: second as MlKemName, curve: first as CurveGroup, kemFirst: false };
}

const byCode = new Map<number, GroupName>(
  Object.entries(groups).map(([name, { code }]) => [code, name as GroupName]),
);

export function groupByCode(code: number): GroupName | undefined {
  return byCode.get(code);
}

export function groupName(code: number): string {
  return byCode.get(code) ?? `0x${code.toString(16).padStart(4, "0")}`;
}

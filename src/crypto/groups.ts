/** RFC 9846 §4.3.7: the named groups, with the bytes of a share (§4.3.8.2). A new group is a row here, and a key exchange in the providers. */
export const groups = {
  x25519: { code: 0x001d, shareLength: 32 },
  secp256r1: { code: 0x0017, shareLength: 65 },
  secp384r1: { code: 0x0018, shareLength: 97 },
  secp521r1: { code: 0x0019, shareLength: 133 },
} as const;

export type GroupName = keyof typeof groups;

const byCode = new Map<number, GroupName>(
  Object.entries(groups).map(([name, { code }]) => [code, name as GroupName]),
);

export function groupByCode(code: number): GroupName | undefined {
  return byCode.get(code);
}

export function groupName(code: number): string {
  return byCode.get(code) ?? `0x${code.toString(16).padStart(4, "0")}`;
}

import type { KeyType } from "../../certificates.ts";
import { casesOf, changes } from "./cases.ts";
import { type Difference, differences } from "./differences.ts";
import { type Position, positions } from "./draft.ts";
import { type Judgement, openssl as opensslOf, ours } from "./judges.ts";

export interface Compared {
  /** `leaf: serial number 0` */
  readonly name: string;
  readonly change: string;
  readonly position: Position;
  readonly rfc5280: Judgement;
  readonly webpki: Judgement;
  readonly private: Judgement;
  /** Where it was not asked: what rfc5280 says. */
  readonly openssl: Judgement;
}

/** All cases with one type of key, judged by both. */
export async function compare(
  keyType: KeyType,
  { withOpenssl } = { withOpenssl: true },
): Promise<readonly Compared[]> {
  const cases = casesOf(keyType);
  const theirs = withOpenssl ? opensslOf(cases.map(({ chain }) => chain)) : undefined;
  const compared: Compared[] = [];
  for (const [i, { change, position, chain }] of cases.entries()) {
    const rfc5280 = await ours(chain, "rfc5280");
    compared.push({
      name: `${position}: ${change}`,
      change,
      position,
      rfc5280,
      webpki: await ours(chain, "webpki"),
      private: await ours(chain, "private"),
      openssl: theirs?.[i] ?? rfc5280,
    });
  }
  return compared;
}

export function rowFor(change: string, position: Position): Difference | undefined {
  return differences.find((one) => one.changes.includes(change) && (one.at ?? positions).includes(position));
}

/** Differences from openssl that the table does not have, and those of the table that are none, in words. */
export function unnamed(compared: readonly Compared[]): readonly string[] {
  return compared.flatMap(({ name, change, position, rfc5280, openssl }) => {
    const row = rowFor(change, position);
    if (rfc5280.trusted === openssl.trusted)
      return row === undefined ? [] : [`${name}: no difference any more`];
    const says = (trusted: boolean): string => (trusted ? "trusted" : "refused");
    if (row !== undefined && row.ours === says(rfc5280.trusted)) return [];
    return [
      `${name}: ${says(rfc5280.trusted)} (${rfc5280.why}), by openssl ${says(openssl.trusted)} (${openssl.why})`,
    ];
  });
}

/** Names in the table that no change has. */
export function misnamed(): readonly string[] {
  const known = new Set(changes.map(({ name }) => name));
  return differences.flatMap((row) => row.changes.filter((name) => !known.has(name)));
}

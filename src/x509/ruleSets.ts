import type { Certificate } from "./certificate.ts";
import { type Profile, profiles, type Role } from "./profile.ts";
import { type Question, type RuleName, ruleRows } from "./rules.ts";
import type { TrustAnchor } from "./trustAnchor.ts";

const order = new Map(ruleRows.map(([name], i) => [name, i]));

/** Which of two rules is told, if both are broken: the lower. */
export const rankOf = (rule: RuleName): number => order.get(rule) as number;

// Of one shape, because they are gone through for every certificate.
const rowsFor = (role: Role, profile: Profile) =>
  ruleRows.flatMap(([name, { roles, purpose, broken, brokenFor }]) =>
    roles?.[role]?.includes(profile) ? [{ name, purpose, broken, brokenFor }] : [],
  );

const byProfile = (role: Role) => new Map(profiles.map((profile) => [profile, rowsFor(role, profile)]));

const rows = {
  leaf: byProfile("leaf"),
  intermediate: byProfile("intermediate"),
  anchor: byProfile("anchor"),
};

/** Under no rules at all everybody would be trusted. @throws RangeError for a profile that there is not */
function rowsOf(role: Role, profile: Profile): ReturnType<typeof rowsFor> {
  const found = rows[role].get(profile);
  if (found === undefined) throw new RangeError(`no such profile: ${profile}`);
  return found;
}

/** The rules for a certificate by itself, in the order in which they are told. */
export const rulesFor = (role: Role, profile: Profile): readonly RuleName[] =>
  rowsOf(role, profile).map(({ name }) => name);

const none: readonly RuleName[] = [];

/** Those that it breaks, in no order. @throws RangeError for a profile that there is not */
export function brokenBy(
  certificate: Certificate,
  role: Role,
  profile: Profile,
  question: Question,
): readonly RuleName[] {
  // Most break none, and need no list.
  let found = none;
  for (const { name, purpose, broken, brokenFor } of rowsOf(role, profile)) {
    const isBroken =
      ((purpose === undefined || purpose === question.purpose) && broken?.(certificate) === true) ||
      brokenFor?.(certificate, question) === true;
    if (isBroken) found = [...found, name];
  }
  return found;
}

/** The one of some rules that is told. */
export function firstOf(broken: readonly RuleName[]): RuleName | undefined {
  let first = broken[0];
  for (const rule of broken) if (rankOf(rule) < rankOf(first as RuleName)) first = rule;
  return first;
}

const anchorRows = ruleRows.flatMap(([name, { anchorBroken }]) =>
  anchorBroken === undefined ? [] : [{ name, anchorBroken }],
);

/** The first rule that an anchor breaks, whatever it was made from. */
export function brokenByAnchor(anchor: TrustAnchor, question: Question): RuleName | undefined {
  for (const row of anchorRows) if (row.anchorBroken(anchor, question)) return row.name;
  return undefined;
}

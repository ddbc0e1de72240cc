import type { Certificate } from "./certificate.ts";
import { type Profile, profiles, type Role } from "./profile.ts";
import { type Question, type RuleName, ruleRows } from "./rules.ts";
import type { TrustAnchor } from "./trustAnchor.ts";

const order = new Map(ruleRows.map(([name], i) => [name, i]));

/** Which of two rules is told, if both are broken: the lower. */
export const rankOf = (rule: RuleName): number => order.get(rule) as number;

interface RuleSet {
  readonly rows: readonly Row[];
  /**
   * What each certificate breaks of those that ask for nothing but it, whatever the profile: it never changes, and no two
   * questions find it twice.
   */
  readonly known: WeakMap<Certificate, readonly Row[]>;
}

// Of one shape, because they are gone through for every certificate.
const rowsFor = (role: Role) =>
  ruleRows.map(([name, { roles, purpose, broken, brokenFor }]) => ({
    name,
    under: roles?.[role],
    purpose,
    broken,
    brokenFor,
  }));

type Row = ReturnType<typeof rowsFor>[number];

const setFor = (role: Role): RuleSet => ({
  rows: rowsFor(role).filter(({ under }) => under !== undefined),
  known: new WeakMap(),
});

const sets = { leaf: setFor("leaf"), intermediate: setFor("intermediate"), anchor: setFor("anchor") };

const isUnder = ({ under }: Row, profile: Profile): boolean => under?.includes(profile) === true;

/** The rules for a certificate by itself, in the order in which they are told. */
export const rulesFor = (role: Role, profile: Profile): readonly RuleName[] =>
  sets[role].rows.filter((row) => isUnder(row, profile)).map(({ name }) => name);

const none: readonly RuleName[] = [];

/** Those that it breaks, in no order. @throws RangeError for a profile that there is not */
export function brokenBy(
  certificate: Certificate,
  role: Role,
  profile: Profile,
  question: Question,
): readonly RuleName[] {
  // Under no rules at all everybody would be trusted.
  if (!profiles.includes(profile)) throw new RangeError(`no such profile: ${profile}`);
  const { rows, known } = sets[role];
  let own = known.get(certificate);
  if (own === undefined) {
    own = rows.filter(({ broken }) => broken?.(certificate) === true);
    known.set(certificate, own);
  }
  // Most break none, and need no list.
  let found = none;
  for (const row of own) {
    const { name, purpose } = row;
    const isAsked = purpose === undefined || purpose === question.purpose;
    if (isAsked && isUnder(row, profile)) found = [...found, name];
  }
  for (const row of rows) {
    if (isUnder(row, profile) && row.brokenFor?.(certificate, question) === true)
      found = [...found, row.name];
  }
  return found;
}

/** The one of some rules that is told. */
export function firstOf(broken: readonly RuleName[]): RuleName | undefined {
  let first = broken[0];
  for (const rule of broken) if (rankOf(rule) < rankOf(first as RuleName)) first = rule;
  return first;
}

const anchorRows = ruleRows.map(([name, { anchorBroken }]) => ({ name, anchorBroken }));

/** The first rule that an anchor breaks, whatever it was made from. */
export function brokenByAnchor(anchor: TrustAnchor, question: Question): RuleName | undefined {
  for (const row of anchorRows) if (row.anchorBroken?.(anchor, question) === true) return row.name;
  return undefined;
}

import type { Certificate } from "./certificate.ts";
import type { Profile, Role } from "./profile.ts";
import { type Question, type RuleName, ruleRows } from "./rules.ts";
import type { TrustAnchor } from "./trustAnchor.ts";

type Row = (typeof ruleRows)[number];

const order = new Map(ruleRows.map(([name], i) => [name, i]));

/** Which of two rules is told, if both are broken: the lower. */
export const rankOf = (rule: RuleName): number => order.get(rule) as number;

interface RuleSet {
  readonly rows: readonly Row[];
  /** Those that ask for more than the certificate. */
  readonly asking: readonly Row[];
  /** What each certificate breaks of the others: it never changes, and no two questions find it twice. */
  readonly known: WeakMap<Certificate, readonly Row[]>;
}

const sets = new Map<string, RuleSet>();

function setFor(role: Role, profile: Profile): RuleSet {
  const id = role + profile;
  const made = sets.get(id);
  if (made !== undefined) return made;
  const rows = ruleRows.filter(([, { roles }]) => roles?.[role]?.includes(profile) === true);
  const set = {
    rows,
    asking: rows.filter(([, { brokenFor }]) => brokenFor !== undefined),
    known: new WeakMap<Certificate, readonly Row[]>(),
  };
  sets.set(id, set);
  return set;
}

/** The rules for a certificate by itself, in the order in which they are told. */
export const rulesFor = (role: Role, profile: Profile): readonly RuleName[] =>
  setFor(role, profile).rows.map(([name]) => name);

const none: readonly RuleName[] = [];

/** Those that it breaks, in no order. */
export function brokenBy(
  certificate: Certificate,
  role: Role,
  profile: Profile,
  question: Question,
): readonly RuleName[] {
  const { rows, asking, known } = setFor(role, profile);
  let own = known.get(certificate);
  if (own === undefined) {
    own = rows.filter(([, { broken }]) => broken?.(certificate) === true);
    known.set(certificate, own);
  }
  // Most break none, and need no list.
  let found = none;
  for (const [name, { purpose }] of own) {
    if (purpose === undefined || purpose === question.purpose) found = [...found, name];
  }
  for (const [name, { brokenFor }] of asking) {
    if (brokenFor?.(certificate, question) === true) found = [...found, name];
  }
  return found;
}

/** The one of some rules that is told. */
export function firstOf(broken: readonly RuleName[]): RuleName | undefined {
  let first = broken[0];
  for (const rule of broken) if (rankOf(rule) < rankOf(first as RuleName)) first = rule;
  return first;
}

/** The first rule that an anchor breaks, whatever it was made from. */
export function brokenByAnchor(anchor: TrustAnchor, question: Question): RuleName | undefined {
  for (const [name, { anchorBroken }] of ruleRows) if (anchorBroken?.(anchor, question) === true) return name;
  return undefined;
}

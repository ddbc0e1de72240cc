import type { DerCursor } from "../../der/cursor.ts";
import { latin1 } from "../../der/strings.ts";
import { context, tags } from "../../der/tags.ts";

// Policies are read for their form only. No caller asks for one, so they decide nothing (RFC 5280 §6.1.1 (c): any policy),
// unless a CA demands that one be there (policyConstraints, which is refused where it is critical).

/** RFC 5280 §4.2.1.4: no policy stands twice. */
export function readCertificatePolicies(cursor: DerCursor): undefined {
  const list = cursor.enter(tags.sequence);
  const seen = new Set<string>();
  let count = 0;
  do {
    const policy = list.enter(tags.sequence);
    seen.add(latin1(list.bytes, policy.objectIdentifier()));
    if (seen.size !== ++count) throw policy.error("a policy that stands twice");
    if (!policy.atEnd) {
      const qualifiers = policy.enter(tags.sequence);
      do {
        const qualifier = qualifiers.enter(tags.sequence);
        qualifier.objectIdentifier();
        qualifier.skipAny();
        qualifier.finish();
      } while (!qualifiers.atEnd);
    }
    policy.finish();
  } while (!list.atEnd);
  return undefined;
}

/** RFC 5280 §4.2.1.5 */
export function readPolicyMappings(cursor: DerCursor): undefined {
  const list = cursor.enter(tags.sequence);
  do {
    const mapping = list.enter(tags.sequence);
    mapping.objectIdentifier();
    mapping.objectIdentifier();
    mapping.finish();
  } while (!list.atEnd);
  return undefined;
}

/** RFC 5280 §4.2.1.11 */
export function readPolicyConstraints(cursor: DerCursor): undefined {
  const fields = cursor.enter(tags.sequence);
  if (fields.atEnd) throw fields.error("policy constraints that say nothing");
  if (fields.nextTag === context(0)) fields.smallInteger(context(0));
  if (fields.nextTag === context(1)) fields.smallInteger(context(1));
  fields.finish();
  return undefined;
}

/** RFC 5280 §4.2.1.14 */
export function readInhibitAnyPolicy(cursor: DerCursor): undefined {
  cursor.smallInteger();
  return undefined;
}

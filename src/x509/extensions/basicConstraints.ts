import type { DerCursor } from "../../der/cursor.ts";
import { tags } from "../../der/tags.ts";

export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | undefined;
}

/** RFC 5280 §4.2.1.9 */
export function readBasicConstraints(cursor: DerCursor): BasicConstraints {
  const fields = cursor.enter(tags.sequence);
  const ca = fields.booleanOrFalse();
  const pathLength = fields.atEnd ? undefined : fields.smallInteger();
  fields.finish();
  return { ca, pathLength };
}

import type { Span } from "../der/cursor.ts";
import { sameBytes } from "../x509/certificate.ts";

/** What has a subject: a Name, with its header, within some bytes. */
export interface Named {
  readonly der: Uint8Array;
  readonly subject: Span;
}

/** Many things, found by their subjects' bytes. */
export interface SubjectIndex<T extends Named> {
  add(entry: T): void;
  find(bytes: Uint8Array, name: Span): readonly T[];
  all(): readonly T[];
}

export function subjectIndex<T extends Named>(): SubjectIndex<T> {
  const slots = new Map<number, T[]>();
  return {
    add(entry) {
      const slot = slotOf(entry.der, entry.subject);
      const sharing = slots.get(slot);
      if (sharing === undefined) slots.set(slot, [entry]);
      else sharing.push(entry);
    },
    find(bytes, name) {
      const sharing = slots.get(slotOf(bytes, name)) ?? [];
      const isNamed = ({ der, subject }: T): boolean => sameBytes(der, subject, bytes, name);
      return sharing.every(isNamed) ? sharing : sharing.filter(isNamed);
    },
    all: () => [...slots.values()].flat(),
  };
}

/** FNV-1a over a name: cheaper than a text of it. What shares a slot is told apart by its bytes. */
function slotOf(bytes: Uint8Array, { start, end }: Span): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  return hash;
}

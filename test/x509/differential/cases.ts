import type { KeyType } from "../../certificates.ts";
import { type Chain, type Change, makeChanged, type Position, positions } from "./draft.ts";
import { extensionChanges } from "./extensionChanges.ts";
import { fieldChanges } from "./fieldChanges.ts";

export const changes: readonly Change[] = [
  { name: "nothing wrong", at: ["leaf"], make: () => {} },
  ...fieldChanges,
  ...extensionChanges,
];

export interface Case {
  readonly change: string;
  readonly position: Position;
  readonly keyType: KeyType;
  readonly chain: Chain;
}

/** Every change at every place that it is for, in chains of one type of key. */
export function casesOf(keyType: KeyType): readonly Case[] {
  let number = 0;
  return changes.flatMap((change) =>
    change.keys?.includes(keyType) === false
      ? []
      : (change.at ?? positions).map((position) => ({
          change: change.name,
          position,
          keyType,
          chain: makeChanged(++number, keyType, position, change),
        })),
  );
}

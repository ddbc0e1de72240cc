import { type CipherSuiteName, cipherSuites } from "../../src/crypto/cipherSuites.ts";
import { type GroupName, groups } from "../../src/crypto/groups.ts";
import type { Case } from "./case.ts";
import { expectEqual } from "./case.ts";
import { success } from "./meeting.ts";

const suiteNames = Object.keys(cipherSuites) as CipherSuiteName[];
const groupNames = Object.keys(groups) as GroupName[];

const combinations = suiteNames.flatMap((suite) => groupNames.map((group) => [suite, group] as const));

/** Every suite with every group, with data both ways. */
export const cases: readonly Case[] = [
  ...combinations.map(([suite, group]) =>
    success({
      name: `connects with ${suite} and ${group}`,
      rules: [],
      client: { cipherSuites: [suite], groups: [group] },
      check: (_, handshake) => {
        expectEqual(handshake.suite.name, suite, "the suite");
        expectEqual(handshake.group, group, "the group");
      },
    }),
  ),
];

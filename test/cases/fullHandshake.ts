import { type CipherSuiteName, cipherSuites } from "../../src/crypto/cipherSuites.ts";
import { type GroupName, groups } from "../../src/crypto/groups.ts";
import type { Case } from "./case.ts";
import { expectEqual } from "./case.ts";
import { success } from "./meeting.ts";

const suiteNames = Object.keys(cipherSuites) as CipherSuiteName[];
const groupNames = Object.keys(groups) as GroupName[];

/** RFC 9846 §9.1: what has to be there, and what should be. */
const duties: Readonly<Partial<Record<CipherSuiteName | GroupName, string>>> = {
  TLS_AES_128_GCM_SHA256: "9.1/1",
  TLS_AES_256_GCM_SHA384: "9.1/2",
  TLS_CHACHA20_POLY1305_SHA256: "9.1/3",
  secp256r1: "9.1/7",
  x25519: "9.1/8",
};

const combinations = suiteNames.flatMap((suite) => groupNames.map((group) => [suite, group] as const));

/** Every suite with every group, with data both ways. */
export const cases: readonly Case[] = [
  ...combinations.map(([suite, group]) =>
    success({
      name: `connects with ${suite} and ${group}`,
      rules: [duties[suite], duties[group], "9.3/2"].filter((id) => id !== undefined),
      client: { cipherSuites: [suite], groups: [group] },
      check: (_, handshake) => {
        expectEqual(handshake.suite.name, suite, "the suite");
        expectEqual(handshake.group, group, "the group");
      },
    }),
  ),
];

// Every combination of names and name constraints of two forms, and every way through graphs of cross-signed certificates, as
// BetterTLS (Netflix) has them. Its own 9,572 cases were run once, with the profiles private and rfc5280: none differed.

import { describe, expect, test } from "vitest";
import type { Bytes } from "../../src/wire/bytes.ts";
import { extensions, generalName } from "../certificates.ts";
import { type Authority, authority, leaf, root } from "../trust/judge.ts";
import { brokenRule } from "./verdicts.ts";

const states = ["none", "fitting", "other"] as const;
type State = (typeof states)[number];

const forms = {
  dns: {
    name: { fitting: generalName.dns("test.localhost"), other: generalName.dns("bad.example.com") },
    base: { fitting: generalName.dns("localhost"), other: generalName.dns("example.com") },
    wanted: "test.localhost",
  },
  ip: {
    name: { fitting: generalName.ip("127.0.0.1"), other: generalName.ip("1.1.1.1") },
    base: {
      fitting: generalName.ip([127, 0, 0, 0, 255, 255, 255, 0]),
      other: generalName.ip([1, 1, 1, 0, 255, 255, 255, 0]),
    },
    wanted: "127.0.0.1",
  },
} as const;
type Form = keyof typeof forms;

const pick = (form: Form, what: "name" | "base", state: State): readonly Bytes[] =>
  state === "none" ? [] : [forms[form][what][state]];

interface Constraints {
  readonly dns: { readonly permitted: State; readonly excluded: State };
  readonly ip: { readonly permitted: State; readonly excluded: State };
}

function constrained({ dns, ip }: Constraints): Authority {
  const permitted = [...pick("dns", "base", dns.permitted), ...pick("ip", "base", ip.permitted)];
  const excluded = [...pick("dns", "base", dns.excluded), ...pick("ip", "base", ip.excluded)];
  const lists = {
    ...(permitted.length > 0 ? { permitted } : {}),
    ...(excluded.length > 0 ? { excluded } : {}),
  };
  const more = permitted.length + excluded.length > 0 ? [extensions.nameConstraints(lists)] : [];
  return authority("Constrained", { issuer: root, more });
}

/** Whether a name of a form, fitting or not, breaks the constraints of that form. */
const breaks = (name: State, { permitted, excluded }: Constraints["dns"]): boolean =>
  name !== "none" && (excluded === name || (permitted !== "none" && permitted !== name));

const pairs = states.flatMap((a) => states.map((b) => [a, b] as const));

describe("names and name constraints", () => {
  test.each(pairs)(
    "DNS names that are %s permitted and %s excluded, in all combinations",
    async (permitted, excluded) => {
      for (const [permittedIp, excludedIp] of pairs) {
        const constraints = {
          dns: { permitted, excluded },
          ip: { permitted: permittedIp, excluded: excludedIp },
        };
        const issuer = constrained(constraints);
        for (const [dns, ip] of pairs) {
          const names = [...pick("dns", "name", dns), ...pick("ip", "name", ip)];
          const own = leaf({
            issuer,
            extensions: names.length > 0 ? [extensions.subjectAltName(names)] : [],
          });
          const isBroken = breaks(dns, constraints.dns) || breaks(ip, constraints.ip);
          for (const [form, state] of [
            ["dns", dns],
            ["ip", ip],
          ] as const) {
            const expected = isBroken ? "nameConstraints" : state === "fitting" ? undefined : "name";
            expect(
              await brokenRule({ chain: [own, issuer.der], name: forms[form].wanted }),
              JSON.stringify({ constraints, dns, ip, form }),
            ).toBe(expected);
          }
        }
      }
    },
  );
});

type Edge = readonly [from: string, to: string];

/** RFC 4158 §2: who signed whom. */
const graphs: readonly { readonly name: string; readonly edges: readonly Edge[] }[] = [
  {
    name: "a line",
    edges: [
      ["A", "B"],
      ["B", "C"],
      ["C", "Own"],
    ],
  },
  {
    name: "two roots",
    edges: [
      ["A", "C"],
      ["B", "C"],
      ["C", "Own"],
    ],
  },
  {
    name: "a mesh",
    edges: [
      ["A", "B"],
      ["A", "C"],
      ["B", "C"],
      ["C", "B"],
      ["B", "D"],
      ["C", "D"],
      ["D", "Own"],
      ["D", "B"],
    ],
  },
  {
    name: "a bridge",
    edges: [
      ["A", "Bridge"],
      ["Bridge", "A"],
      ["X", "Bridge"],
      ["Bridge", "X"],
      ["Y", "Bridge"],
      ["Bridge", "Y"],
      ["X", "X1"],
      ["X1", "X2"],
      ["Y", "X1"],
      ["X2", "Own"],
    ],
  },
];

function leadsTo(edges: readonly Edge[], from: string, to: string, seen: readonly string[] = []): boolean {
  return (
    from === to ||
    edges.some(([a, b]) => a === from && !seen.includes(b) && leadsTo(edges, b, to, [...seen, b]))
  );
}

describe("graphs of cross-signed certificates", () => {
  test.each(graphs)("$name, whichever certificate of it is broken", async ({ edges }) => {
    const anchor = authority("A");
    const named = (name: string): Authority => authority(name);
    for (const broken of [undefined, ...edges.filter(([, to]) => to !== "Own")]) {
      const others: Bytes[] = [];
      let own: Bytes | undefined;
      for (const edge of edges) {
        const [from, to] = edge;
        if (to === "Own") own = leaf({ issuer: named(from) });
        else {
          const expired = edge === broken ? { notAfter: Date.now() - 1000 } : {};
          others.push(authority(to, { issuer: named(from), ...expired }).der);
        }
      }
      const left = edges.filter((edge) => edge !== broken);
      const isReachable = leadsTo(left, "A", "Own");
      for (const list of [others, [...others].reverse()]) {
        const rule = await brokenRule({ chain: [own as Bytes, ...list], roots: [anchor.der] });
        expect(rule === undefined, JSON.stringify({ broken, rule })).toBe(isReachable);
      }
    }
  });
});

import type { Certificate } from "../../x509/certificate.ts";
import { nameToString } from "../../x509/distinguishedName.ts";
import { explainFailure } from "../../x509/explain.ts";
import type { TrustAnchor } from "../../x509/trustAnchor.ts";
import type { Attempt } from "../../x509/verdict.ts";
import type { Judgement } from "../judgement.ts";
import { ruleWithSource } from "./ruleSources.ts";
import { printable, type Style, wrap } from "./style.ts";

/** A certificate, or at the end of a way an anchor; what stands above it, and why it went no further there. */
interface Branch {
  readonly of: Certificate | TrustAnchor;
  readonly isAnchor: boolean;
  readonly above: Branch[];
  readonly ends: Attempt[];
}

const waysShown = 5;

/** The ways that were tried, as a tree that grows from the peer's certificate. What was told before is not told again. */
export function attemptTree(
  { verdict, question }: Judgement,
  style: Style,
  width: number,
  told: ReadonlySet<string>,
): readonly string[] {
  if (verdict.trusted || verdict.leaf === undefined || verdict.attempts.length === 0) return [];
  const { leaf, attempts } = verdict;
  const trunk = branch(leaf, false);
  for (const attempt of attempts.slice(0, waysShown)) {
    let at = trunk;
    for (const certificate of attempt.path.slice(1)) at = grow(at, certificate, false);
    if (attempt.anchor !== undefined) at = grow(at, attempt.anchor, true);
    at.ends.push(attempt);
  }

  function draw(one: Branch, first: string, rest: string): readonly string[] {
    const name = `${subjectOf(one.of)}${one.isAnchor ? ", trusted" : ""}`;
    const lines = hang(name, first, rest, width);
    const ends = one.ends.flatMap(({ failure }) => {
      const words = explainFailure(failure, leaf, question);
      const broken = failure.certificate ?? failure.anchor;
      const who = broken === undefined || broken === one.of ? "" : `${subjectOf(broken)}: `;
      const text = `${who}${ruleWithSource(failure.rule)}${told.has(words) ? "" : `: ${printable(words)}`}`;
      const mark = one.above.length > 0 ? `${rest}│ ` : `${rest}`;
      return hang(`✗ ${text}`, mark, `${mark}  `, width).map((line) => line.replace("✗", style.red("✗")));
    });
    const above = one.above.flatMap((next, i) =>
      i === one.above.length - 1
        ? draw(next, `${rest}└ `, `${rest}  `)
        : draw(next, `${rest}├ `, `${rest}│ `),
    );
    return [...lines, ...ends, ...above];
  }

  const more = attempts.length - waysShown;
  const note =
    more > 0 ? [style.dim(`and ${more} more way${more === 1 ? "" : "s"} (--json tells of all)`)] : [];
  return [...draw(trunk, "", ""), ...note];
}

function branch(of: Branch["of"], isAnchor: boolean): Branch {
  return { of, isAnchor, above: [], ends: [] };
}

function grow(below: Branch, of: Branch["of"], isAnchor: boolean): Branch {
  const known = below.above.find((one) => one.of === of);
  if (known !== undefined) return known;
  const grown = branch(of, isAnchor);
  below.above.push(grown);
  return grown;
}

function subjectOf({ der, subject }: Branch["of"]): string {
  return printable(nameToString(der, subject)) || "(no subject)";
}

function hang(text: string, first: string, rest: string, width: number): readonly string[] {
  return wrap(text, Math.max(20, width - rest.length)).map((line, i) => (i === 0 ? first : rest) + line);
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { isPreferredSyntax } from "../../src/x509/preferredSyntax.ts";

// The same said as a pattern, which is how RFC 1034 §3.5 and RFC 1123 §2.1 are read most easily.
const pattern =
  /^(?=.{1,253}$)(\*\.)?([a-z\d]([a-z\d-]{0,61}[a-z\d])?\.)*(?!\d+$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/i;

const isPreferred = (text: string): boolean => {
  // Between others, so that who reads too far is seen.
  const bytes = Buffer.from(`-${text}-`, "latin1");
  return isPreferredSyntax(bytes, { start: 1, end: bytes.length - 1 });
};

const label = fc
  .tuple(fc.constantFrom("a", "Z", "0", "9", "-", "*", "_", ""), fc.integer({ min: 0, max: 64 }))
  .map(([piece, times]) => piece.repeat(times));
const pieces = fc.constantFrom(
  "a",
  "z",
  "A",
  "Z",
  "0",
  "9",
  "-",
  ".",
  "*",
  "@",
  "[",
  "`",
  "{",
  "/",
  ":",
  "\n",
  "é",
);

test.each([
  ["labels", fc.array(label, { maxLength: 8 }).map((labels) => labels.join("."))],
  ["characters", fc.array(pieces, { maxLength: 12 }).map((all) => all.join(""))],
  ["wildcards", fc.array(pieces, { maxLength: 6 }).map((all) => `*.${all.join("")}`)],
  ["long names", fc.integer({ min: 120, max: 130 }).map((times) => `${"a.".repeat(times)}bc`)],
])("takes and refuses what the pattern does: %s", (_, texts) => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(isPreferred(text)).toBe(pattern.test(text));
    }),
    { numRuns: 2000 },
  );
});

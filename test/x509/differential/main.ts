// npm run differential: some thousands of certificates with one thing wrong, judged by this project and by
// `openssl verify -x509_strict`. Prints the differences by their reasons; fails where one has none.

import type { KeyType } from "../../certificates.ts";
import { compare, misnamed, rowFor, unnamed } from "./compare.ts";
import { hasOpenssl } from "./judges.ts";

const keyTypes: readonly KeyType[] = ["P-256", "P-384", "P-521", "RSA", "RSA-PSS", "Ed25519"];

if (!hasOpenssl) process.exit(0);

let total = 0;
const problems: string[] = [...misnamed()];
const counts = new Map<string, number>();
for (const keyType of keyTypes) {
  const compared = await compare(keyType);
  total += compared.length;
  problems.push(...unnamed(compared).map((words) => `${keyType} ${words}`));
  for (const { change, position, rfc5280, openssl } of compared) {
    if (rfc5280.trusted === openssl.trusted) continue;
    const reason = rowFor(change, position)?.reason ?? "no reason";
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
}
const differing = [...counts.values()].reduce((sum, count) => sum + count, 0);
console.log(`${total} chains, ${total - differing} judged alike; the others:\n`);
for (const [reason, count] of counts) console.log(`${String(count).padStart(5)}  ${reason}`);
if (problems.length > 0) console.log(`\n${problems.length} without a reason:\n${problems.join("\n")}`);
process.exit(problems.length === 0 ? 0 : 1);

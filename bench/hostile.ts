// npm run hostile: what hostile chains cost (hostileChains.ts, hostileAnswers.ts). Prints milliseconds of CPU, garbage
// collection included: of the first verification in a process of its own, and the median of the next ones.
// docs/certificates.md shows what is written to hostile.json.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defaultProvider as node } from "../src/crypto/provider/node.ts";
import { defaultProvider as web } from "../src/crypto/provider/web.ts";
import { concat } from "../src/wire/bytes.ts";
import { anchorSource } from "../src/x509/anchorSource.ts";
import { certificateCache } from "../src/x509/cache.ts";
import { explain } from "../src/x509/explain.ts";
import { parseReferenceName, type ReferenceName } from "../src/x509/names.ts";
import { anchorFromCertificate } from "../src/x509/trustAnchor.ts";
import { verifyChain } from "../src/x509/verify.ts";
import { hostileAnswers } from "./hostileAnswers.ts";
import { hostileChains } from "./hostileChains.ts";

const makers = [...hostileChains, ...hostileAnswers];

/** Of a Certificate message, staple and all. */
const mostBytes = 262_144;

const providers = { node, web };

const sizeOf = ({ chain, evidence = {} }: ReturnType<(typeof makers)[number]>): number => {
  const { ocspResponse, signedCertificateTimestamps = [] } = evidence;
  return concat(
    ...chain,
    ...(ocspResponse === undefined ? [] : [ocspResponse]),
    ...signedCertificateTimestamps,
  ).length;
};

async function measure(
  index: number,
  providerName: keyof typeof providers,
): Promise<{ first: number; next: number; rule: string }> {
  const hostile = (makers[index] as (typeof makers)[number])();
  const size = sizeOf(hostile);
  if (size > mostBytes) throw new Error(`${hostile.what}: ${size} bytes`);
  const anchors = anchorSource(hostile.roots.map((der) => anchorFromCertificate(der)));
  const question = {
    time: hostile.time ?? Math.floor(Date.now() / 1000),
    wanted: parseReferenceName("a.example") as ReferenceName,
    purpose: "server",
    profile: hostile.profile,
    maxIntermediates: undefined,
  } as const;
  const times: number[] = [];
  let rule = "";
  for (let i = 0; i < 7; i++) {
    const before = process.cpuUsage();
    const verdict = await verifyChain(hostile.chain, question, {
      anchors,
      provider: providers[providerName],
      cache: certificateCache(),
      watch: undefined,
      checks: hostile.checks ?? [],
      evidence: { ocspResponse: undefined, signedCertificateTimestamps: [], ...hostile.evidence },
    });
    // Whoever is refused is told why.
    explain(verdict, question);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
    rule = verdict.trusted ? "trusted" : verdict.failure.rule;
  }
  const [first = 0, ...rest] = times;
  rest.sort((a, b) => a - b);
  return { first, next: rest[3] ?? 0, rule };
}

const [, , index, provider] = process.argv;
if (index !== undefined && provider !== undefined) {
  console.log(JSON.stringify(await measure(Number(index), provider as keyof typeof providers)));
} else {
  const results = [];
  for (const [i, make] of makers.entries()) {
    const hostile = make();
    const { what, limit } = hostile;
    const one = (name: string) =>
      JSON.parse(
        execFileSync(
          process.execPath,
          ["--import", "./scripts/ts.mjs", fileURLToPath(import.meta.url), `${i}`, name],
          { encoding: "utf8" },
        ),
      );
    const onNode = one("node");
    const onWeb = one("web");
    const round = (value: number): number => Math.round(value * 10) / 10;
    const row = {
      what,
      limit,
      bytes: sizeOf(hostile),
      rule: onNode.rule,
      node: [round(onNode.first), round(onNode.next)],
      web: [round(onWeb.first), round(onWeb.next)],
    };
    results.push(row);
    console.log(
      `${what}: ${row.bytes} bytes, ${row.rule}, node ${row.node.join(" / ")} ms, web ${row.web.join(" / ")} ms`,
    );
  }
  writeFileSync(new URL("hostile.json", import.meta.url), `${JSON.stringify(results, undefined, 2)}\n`);
}

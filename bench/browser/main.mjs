// @ts-check
// npm run bench:browser: a download through tls13 in headless Chromium, against crypto.subtle.decrypt of the same records on the
// same page, in short turns that alternate. Medians, and what the fastest twentieth of the turns took, for a machine that has
// other work. Written to bench-browser.json. --quick for a short look.

import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { availableParallelism, loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { makeIdentity } from "../certificate.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const quick = process.argv.includes("--quick");
/** Pages, each with a connection and a heap of its own. */
const rounds = quick ? 2 : 6;
/** Of each page, besides the first ones, which compile the code. */
const turns = quick ? 20 : 60;
const warmups = 10;
/** In one turn: a few milliseconds, so that the rest of the machine seldom comes in between. */
const megabytes = 1;
/** What a read of a socket or a WebSocket's message brings, roughly; not in step with the records. */
const chunk = 65_536;
const bar = 0.9;
const suites = ["TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"];

const executablePath = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
if (executablePath === undefined) {
  console.log("skipped: there is no Chromium here (Debian's package is called chromium)");
  process.exit(0);
}

const { outputFiles } = await build({
  entryPoints: [`${root}bench/browser/page.ts`],
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  globalName: "bench",
  target: "es2022",
  platform: "browser",
  alias: { "#provider": `${root}src/crypto/provider/web.ts` },
});
const script = outputFiles[0]?.text ?? "";

const server = createServer((request, response) => {
  // The clock of an isolated page is exact to 5 µs, that of others to 100 µs.
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("cross-origin-embedder-policy", "require-corp");
  const isScript = request.url === "/page.js";
  response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
  response.end(isScript ? script : "<!doctype html><script src=/page.js></script>");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
const address = /** @type {import("node:net").AddressInfo} */ (server.address());
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-background-networking"],
});
try {
  const { key, chain } = await makeIdentity();
  const identity = { certificate: hexOf(chain), pkcs8: hexOf(key) };
  const load = [loadavg()[0] ?? 0];

  /** @type {Map<string, { raw: number, tls13: number }[]>} */
  const times = new Map(suites.map((suite) => [suite, []]));
  for (let round = 0; round < rounds; round++) {
    for (const suite of suites) {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${address.port}/`);
      const wanted = { suite, megabytes, turns: warmups + turns, chunk, ...identity };
      /** @type {{ raw: number, tls13: number }[]} */
      const measured = await page.evaluate(
        // @ts-expect-error bench is the bundle's
        (round) => bench.measure(round),
        wanted,
      );
      times.get(suite)?.push(...measured.slice(warmups));
      await page.close();
    }
  }
  load.push(loadavg()[0] ?? 0);
  const results = [...times].map(([suite, all]) => ({
    suite,
    raw: median(all.map((one) => one.raw)),
    tls13: median(all.map((one) => one.tls13)),
    // Each turn's own: what slows the machine down for a while slows both.
    ratio: median(all.map((one) => one.raw / one.tls13)),
    undisturbed: fastest(all.map((one) => one.raw)) / fastest(all.map((one) => one.tls13)),
  }));
  const version = browser.version();
  console.log(
    `Chromium ${version}, records of 16 KiB, ${rounds * turns} turns of ${megabytes} MiB on ${rounds} pages, medians`,
  );
  const told = load.map((one) => one.toFixed(1)).join(" before, ");
  console.log(
    `${availableParallelism()} cores; load of the machine ${told} after (this run itself makes up to 2)\n`,
  );
  const print = (/** @type {readonly string[]} */ [name = "", ...cells]) =>
    console.log(name.padEnd(30), ...cells.map((cell) => cell.padStart(19)));
  print(["", "subtle.decrypt", "tls13", "of its throughput", `bar ${bar}`, "fastest twentieths"]);
  for (const { suite, raw, tls13, ratio, undisturbed } of results) {
    const speed = (/** @type {number} */ time) => `${Math.round((1000 * megabytes) / time)} MiB/s`;
    print([
      suite,
      speed(raw),
      speed(tls13),
      ratio.toFixed(2),
      ratio >= bar ? "kept" : "not yet",
      undisturbed.toFixed(2),
    ]);
  }
  const file = "bench-browser.json";
  writeFileSync(
    file,
    `${JSON.stringify({ chromium: version, load, megabytes, rounds, turns, chunk, results }, null, 2)}\n`,
  );
  console.log(`\nwritten to ${file}`);
} finally {
  await browser.close();
  server.close();
}

/** @param {string} pem */
function hexOf(pem) {
  return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64").toString("hex");
}

/** @param {readonly number[]} values */
function median(values) {
  return quantile(values, 1 / 2);
}

/**
 * What a turn takes where nothing comes in between.
 * @param {readonly number[]} values
 */
function fastest(values) {
  return quantile(values, 1 / 20);
}

/**
 * @param {readonly number[]} values
 * @param {number} share
 */
function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

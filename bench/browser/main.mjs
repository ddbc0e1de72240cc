// @ts-check
// npm run bench:browser: a download through tls13 in headless Chromium, against crypto.subtle.decrypt of the same records on the
// same page, in short turns that alternate; the same with a stream of bytes in tls13's place, which shows what a readable costs
// without any TLS; and tls13 with AES-128-GCM by WebCrypto against ChaCha20-Poly1305 of tls13/wasm, in turns that alternate as
// well. Medians, and what the fastest twentieth of the turns took, for a machine that has other work. Written to
// bench-browser.json. --quick for a short look.

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
const works = [
  { suite: "TLS_AES_128_GCM_SHA256", wasm: false, work: "download" },
  { suite: "TLS_AES_128_GCM_SHA256", wasm: false, work: "streamed" },
  { suite: "TLS_CHACHA20_POLY1305_SHA256", wasm: false, work: "download" },
  { suite: "TLS_CHACHA20_POLY1305_SHA256", wasm: true, work: "download" },
];
/** An upload's records are always as long as records may be. */
const comparisons = [
  { work: "download", recordSize: 16_384 },
  { work: "download", recordSize: 4096 },
  { work: "download", recordSize: 1024 },
  { work: "upload", recordSize: 16_384 },
];

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

  /**
   * What a page answers, without its first turns.
   *
   * @template Turn
   * @param {(page: import("playwright-core").Page) => Promise<Turn[]>} measure
   */
  const onPage = async (measure) => {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${address.port}/`);
    const measured = await measure(page);
    await page.close();
    return measured.slice(warmups);
  };
  const common = { megabytes, turns: warmups + turns, chunk, ...identity };
  /** @type {{ raw: number, tls13: number }[][]} */
  const times = works.map(() => []);
  /** @type {{ webCrypto: number, wasm: number }[][]} */
  const compared = comparisons.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { work, ...one }] of works.entries()) {
      const wanted = /** @type {const} */ ([work, { ...common, ...one, recordSize: 16_384 }]);
      // @ts-expect-error bench is the bundle's
      times[i]?.push(...(await onPage((page) => page.evaluate((all) => bench.measure(...all), wanted))));
    }
    for (const [i, { work, recordSize }] of comparisons.entries()) {
      const wanted = /** @type {const} */ ([work, { ...common, recordSize }]);
      // @ts-expect-error bench is the bundle's
      compared[i]?.push(...(await onPage((page) => page.evaluate((all) => bench.compare(...all), wanted))));
    }
  }
  load.push(loadavg()[0] ?? 0);
  const results = works.map((what, i) => {
    const all = times[i] ?? [];
    return {
      ...what,
      raw: median(all.map((one) => one.raw)),
      tls13: median(all.map((one) => one.tls13)),
      // Each turn's own: what slows the machine down for a while slows both.
      ratio: median(all.map((one) => one.raw / one.tls13)),
      undisturbed: fastest(all.map((one) => one.raw)) / fastest(all.map((one) => one.tls13)),
    };
  });
  const comparison = comparisons.map((what, i) => {
    const all = compared[i] ?? [];
    return {
      ...what,
      webCrypto: median(all.map((one) => one.webCrypto)),
      wasm: median(all.map((one) => one.wasm)),
      ratio: median(all.map((one) => one.webCrypto / one.wasm)),
      undisturbed: fastest(all.map((one) => one.webCrypto)) / fastest(all.map((one) => one.wasm)),
    };
  });
  const version = browser.version();
  console.log(`Chromium ${version}, ${rounds * turns} turns of ${megabytes} MiB on ${rounds} pages, medians`);
  const told = load.map((one) => one.toFixed(1)).join(" before, ");
  console.log(
    `${availableParallelism()} cores; load of the machine ${told} after (this run itself makes up to 2)\n`,
  );
  const speed = (/** @type {number} */ time) => `${Math.round((1000 * megabytes) / time)} MiB/s`;
  const print = (/** @type {readonly string[]} */ [name = "", ...cells]) =>
    console.log(name.padEnd(34), ...cells.map((cell) => cell.padStart(19)));
  print([
    "download, records of 16 KiB",
    "subtle.decrypt",
    "tls13",
    "of its throughput",
    `bar ${bar}`,
    "fastest twentieths",
  ]);
  for (const { suite, wasm, work, raw, tls13, ratio, undisturbed } of results) {
    print([
      work === "streamed" ? "  in its place a stream of bytes" : wasm ? `${suite}, wasm` : suite,
      speed(raw),
      speed(tls13),
      ratio.toFixed(2),
      work === "streamed" ? "no TLS at all" : ratio >= bar ? "kept" : "not yet",
      undisturbed.toFixed(2),
    ]);
  }
  console.log();
  print(["tls13", "WebCrypto's AES-GCM", "wasm's ChaCha20", "of its throughput", "", "fastest twentieths"]);
  for (const { work, recordSize, webCrypto, wasm, ratio, undisturbed } of comparison) {
    const name = `${work}, records of ${recordSize / 1024} KiB`;
    print([name, speed(webCrypto), speed(wasm), ratio.toFixed(2), "", undisturbed.toFixed(2)]);
  }
  const file = "bench-browser.json";
  writeFileSync(
    file,
    `${JSON.stringify({ chromium: version, load, megabytes, rounds, turns, chunk, results, comparison }, null, 2)}\n`,
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

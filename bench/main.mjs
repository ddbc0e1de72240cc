// @ts-check
// npm run bench: tls13 beside node:tls as the client of the same server, in turn in one run, and its certificates beside
// those of others. CPU is that of the client's process, garbage collection included; ratios are of medians. It never fails
// on a time: machines differ, and some are busy. After a build, `node bench/certificates.mjs` measures the certificates alone.

import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { makeIdentity } from "./certificate.mjs";
import { certificates, printCertificates } from "./certificates.mjs";
import { cost } from "./client.mjs";
import { primitives, sealAndWrite } from "./primitives.mjs";

const quick = process.argv.includes("--quick");
// In short turns, so that what else the machine does hits both alike.
const handshakes = 40;
/**
 * How the heap of a process lies decides as much as its code does (where the collector runs, and which pages it gives back), and
 * stays so for as long as it lives: so each work has several processes of either client in turn, and of each some turns.
 * Handshakes are warmed up until the code of both is compiled, which a long-lived process has behind it: some 4,000 of them.
 */
const sittings = quick
  ? { handshakes: { count: 1, warmUp: 104, turns: 20 }, data: { count: 3, warmUp: 1, turns: 2 } }
  : { handshakes: { count: 3, warmUp: 104, turns: 24 }, data: { count: 7, warmUp: 1, turns: 2 } };
const bytes = (quick ? 64 : 256) * 2 ** 20;
const cipher = "TLS_AES_128_GCM_SHA256";

/** @param {readonly number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** @typedef {import("./clients.mjs").Cost} Cost */

const identity = await makeIdentity();
const server = fork(new URL("./server.mjs", import.meta.url));
server.send({ key: identity.key, cert: identity.chain });
const [{ port, sinkPort }] = await once(server, "message");

/** @typedef {{ do: (work: import("./client.mjs").WorkName, amount?: number) => Promise<Cost>, leave: () => void }} Sitting */

/** @param {"ours" | "theirs"} which @returns {Sitting} */
function sitting(which) {
  const client = fork(new URL("./client.mjs", import.meta.url));
  const failed = once(client, "exit").then(() =>
    Promise.reject(new Error(`the client that is ${which} has failed`)),
  );
  // At the end it is told to go, and nobody waits.
  failed.catch(() => {});
  client.send({ which, port, root: identity.root, cipher });
  return {
    do: async (work, amount = 1) => {
      // No turn takes more than seconds; one that stands still shall not hold the rest for ever.
      const standsStill = setTimeout(() => client.kill("SIGKILL"), 180_000);
      client.send({ work, amount });
      try {
        const [answer] = await Promise.race([once(client, "message"), failed]);
        return /** @type {Cost} */ (answer);
      } finally {
        clearTimeout(standsStill);
      }
    },
    leave: () => client.disconnect(),
  };
}

/** @type {Array<{ name: string, work: import("./client.mjs").WorkName, amount: number, per: number, unit: string, floor?: () => Promise<unknown> }>} */
const works = [
  { name: "handshake", work: "handshake", amount: handshakes, per: handshakes, unit: "each" },
  { name: "resumed handshake", work: "resume", amount: handshakes, per: handshakes, unit: "each" },
  {
    name: `download ${bytes / 2 ** 20} MiB`,
    work: "download",
    amount: bytes,
    per: bytes / 2 ** 20,
    unit: "a MiB",
  },
  {
    name: `upload ${bytes / 2 ** 20} MiB`,
    work: "upload",
    amount: bytes,
    per: bytes / 2 ** 20,
    unit: "a MiB",
    floor: () => sealAndWrite(sinkPort, bytes),
  },
];

/** Told to whoever watches, not to a file. @param {string} text */
const progress = (text) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
};

console.log(
  `Node ${process.version}, ${cipher}, x25519, ECDSA P-256; medians of ${sittings.handshakes.count} processes × ${sittings.handshakes.turns} turns of ${handshakes} handshakes, ${sittings.data.count} × ${sittings.data.turns} of data\n`,
);
const results = [];
for (const { name, work, amount, per, unit, floor } of works) {
  /** @type {{ ours: Cost[], theirs: Cost[], floor: Cost[] }} */
  const costs = { ours: [], theirs: [], floor: [] };
  const { count, warmUp, turns } = name.endsWith("handshake") ? sittings.handshakes : sittings.data;
  for (let nth = 0; nth < count; nth++) {
    const [ours, theirs] = [sitting("ours"), sitting("theirs")];
    for (let turn = -warmUp; turn < turns; turn++) {
      const [our, their] = [await ours.do(work, amount), await theirs.do(work, amount)];
      if (turn < 0) continue;
      costs.ours.push(our);
      costs.theirs.push(their);
      if (floor !== undefined) costs.floor.push(await cost(floor));
      progress(`${name}: processes ${nth + 1} of ${count}, turn ${turn + 1} of ${turns}`);
    }
    ours.leave();
    theirs.leave();
  }
  progress("");
  const of = (/** @type {Cost[]} */ list, /** @type {"cpu" | "wall"} */ key) =>
    (median(list.map((one) => one[key])) * 1000) / per;
  results.push({
    name,
    unit: `µs ${unit}`,
    tls13: { cpu: of(costs.ours, "cpu"), wall: of(costs.ours, "wall") },
    nodeTls: { cpu: of(costs.theirs, "cpu"), wall: of(costs.theirs, "wall") },
    ...(floor === undefined ? {} : { floor: { cpu: of(costs.floor, "cpu"), wall: of(costs.floor, "wall") } }),
  });
}

/** @type {{ ours: number[], theirs: number[] }} */
const first = { ours: [], theirs: [] };
const [ours, theirs] = [sitting("ours"), sitting("theirs")];
for (let i = 0; i < 300; i++) {
  first.ours.push((await ours.do("firstByte")).wall);
  first.theirs.push((await theirs.do("firstByte")).wall);
}
ours.leave();
theirs.leave();
server.disconnect();
const alone = await primitives();
progress("certificates");
const judged = await certificates(quick ? 21 : 61);
progress("");

const rows = results.map(({ name, unit, tls13, nodeTls }) => ({
  "": `${name}, ${unit}`,
  "tls13 CPU": Math.round(tls13.cpu),
  "node:tls CPU": Math.round(nodeTls.cpu),
  "CPU ratio": (tls13.cpu / nodeTls.cpu).toFixed(2),
  "tls13 wall": Math.round(tls13.wall),
  "node:tls wall": Math.round(nodeTls.wall),
  "wall ratio": (tls13.wall / nodeTls.wall).toFixed(2),
}));
table(rows);
const firstRow = { tls13: median(first.ours) * 1000, nodeTls: median(first.theirs) * 1000 };
console.log(
  `\nfirst byte after connect(): ${Math.round(firstRow.tls13)} µs, node:tls ${Math.round(firstRow.nodeTls)} µs, ratio ${(firstRow.tls13 / firstRow.nodeTls).toFixed(2)}`,
);
const handshakeWall = results[0]?.tls13.wall ?? Number.NaN;
console.log(`handshakes a second, one after the other: ${Math.round(1e6 / handshakeWall)}\n`);
for (const { name, nodeTls, floor } of results) {
  if (floor === undefined) continue;
  const ratio = (floor.cpu / nodeTls.cpu).toFixed(2);
  console.log(
    `${name}: sealing with node:crypto and writing, with no client at all, takes ${ratio} of node:tls's CPU\n`,
  );
}
console.log("the primitives alone, µs:");
for (const [name, time] of Object.entries(alone)) console.log(`  ${time.toFixed(1).padStart(7)}  ${name}`);

console.log("");
printCertificates(judged);

const file = "bench-results.json";
writeFileSync(
  file,
  `${JSON.stringify({ node: process.version, cipher, sittings, results, firstByte: firstRow, primitives: alone, certificates: judged }, null, 2)}\n`,
);
console.log(`\nwritten to ${file}`);

/** @param {ReadonlyArray<Record<string, string | number>>} lines */
function table(lines) {
  const names = Object.keys(lines[0] ?? {});
  const widths = names.map((name) =>
    Math.max(name.length, ...lines.map((line) => String(line[name]).length)),
  );
  const print = (/** @type {readonly (string | number)[]} */ cells) =>
    console.log(
      cells
        .map((cell, i) =>
          i === 0 ? String(cell).padEnd(widths[i] ?? 0) : String(cell).padStart(widths[i] ?? 0),
        )
        .join("  "),
    );
  print(names);
  for (const line of lines) print(names.map((name) => line[name] ?? ""));
}

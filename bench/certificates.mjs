// @ts-check
// Certificates read and judged: tls13/x509 beside node:crypto and @peculiar/x509, in turn in one run.

import "reflect-metadata";
import crypto, { webcrypto } from "node:crypto";
import * as peculiar from "@peculiar/x509";
import { defaultProvider } from "tls13";
import {
  anchorFromCertificate,
  anchorSource,
  certificateCache,
  parseCertificate,
  parseReferenceName,
  verifyChain,
} from "tls13/x509";
import { makePublicChain } from "./publicChain.mjs";

/**
 * So many that no cache of keys still has one's own when its turn comes again: the provider keeps 64, a chain needs two.
 */
const chainCount = 40;

/** As roots on Mozilla's list are trusted. */
const asPublic = /** @type {const} */ ({ profile: "webpki", distrustAfter: undefined });

/**
 * @typedef {{ name: string, unit: string, us: number, ratio?: number, beside?: string, bar?: number }} Row microseconds of CPU
 * @param {number} rounds
 * @returns {Promise<Row[]>}
 */
export async function certificates(rounds) {
  peculiar.cryptoProvider.set(/** @type {any} */ (webcrypto));
  /** @type {import("./publicChain.mjs").Chain[]} */
  const chains = [];
  for (let i = 0; i < chainCount; i++) chains.push(await makePublicChain(i));
  const ders = chains.flatMap(({ leaf, intermediate, root }) => [leaf, intermediate, root]);
  const ready = chains.map(primitivesOf);
  const wanted = /** @type {import("../src/x509/names.ts").ReferenceName} */ (
    parseReferenceName("www.bench.example")
  );
  const question = () => ({
    time: Math.floor(Date.now() / 1000),
    wanted,
    purpose: /** @type {const} */ ("server"),
    profile: undefined,
    maxIntermediates: undefined,
  });
  const nothing = { ocspResponse: undefined, signedCertificateTimestamps: [] };

  // What the provider takes, inside a verification: there its work costs more than by itself, for the processor's caches
  // and the heap are not its own. All of it is synchronous with these keys.
  let insideProvider = 0;
  /** @type {Pick<typeof defaultProvider, "verify" | "hashes">} */
  const timedProvider = {
    hashes: defaultProvider.hashes,
    verify: (...given) => {
      const start = performance.now();
      const isGood = defaultProvider.verify(...given);
      insideProvider += performance.now() - start;
      return isGood;
    },
  };

  /** @param {import("./publicChain.mjs").Chain} chain @param {ReturnType<typeof anchorSource>} anchors @param {ReturnType<typeof certificateCache>} cache */
  async function judge(
    { leaf, intermediate },
    anchors,
    cache,
    /** @type {typeof timedProvider} */ provider = defaultProvider,
  ) {
    const verdict = await verifyChain([leaf, intermediate], question(), {
      anchors,
      provider,
      cache,
      watch: undefined,
      checks: [],
      evidence: nothing,
    });
    if (!verdict.trusted) throw new Error("the chain is not trusted");
  }
  const kept = certificateCache();
  // Room for one, so that it never has what it is asked for.
  const forgetful = certificateCache(1);
  const keptAnchors = chains.map(({ root }) => anchorSource([anchorFromCertificate(root, asPublic)]));

  /** @type {number[]} */
  const shares = [];
  async function judgeTimed() {
    insideProvider = 0;
    const start = performance.now();
    for (const chain of chains) {
      await judge(
        chain,
        anchorSource([anchorFromCertificate(chain.root, asPublic)]),
        forgetful,
        timedProvider,
      );
    }
    shares.push((performance.now() - start) / insideProvider);
  }

  /** @type {Record<string, { count: number, run: () => unknown }>} */
  const works = {
    parse: {
      count: ders.length,
      run: () => {
        for (const der of ders) parseCertificate(der);
      },
    },
    parseNode: {
      count: ders.length,
      run: () => {
        for (const der of ders) new crypto.X509Certificate(der);
      },
    },
    parsePeculiar: {
      count: ders.length,
      run: () => {
        for (const der of ders) new peculiar.X509Certificate(der);
      },
    },
    floor: {
      count: chains.length,
      run: () => {
        for (const one of ready) one();
      },
    },
    cold: {
      count: chains.length,
      run: async () => {
        for (const chain of chains)
          await judge(chain, anchorSource([anchorFromCertificate(chain.root, asPublic)]), forgetful);
      },
    },
    timed: { count: chains.length, run: judgeTimed },
    warm: {
      count: chains.length,
      run: async () => {
        for (const [i, chain] of chains.entries())
          await judge(chain, /** @type {any} */ (keptAnchors[i]), kept);
      },
    },
    node: { count: chains.length, run: () => chains.forEach(verifyWithNode) },
    peculiar: {
      count: chains.length,
      run: async () => {
        for (const chain of chains) await verifyWithPeculiar(chain);
      },
    },
  };

  /** @type {Record<string, number[]>} */
  const times = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  // In turn are those that are compared: what one leaves behind for the garbage collector, the next one pays.
  const groups = [
    ["parse", "parseNode"],
    ["floor", "cold", "timed", "warm"],
    ["node", "peculiar", "parsePeculiar"],
  ];
  for (const group of groups) {
    // The first rounds are for the compiler, which is done with a verification after some thousand chains.
    const warmup = group.includes("cold") ? 100 : 20;
    for (let round = -warmup; round < rounds; round++) {
      for (const name of group) {
        const { count, run } = /** @type {{ count: number, run: () => unknown }} */ (works[name]);
        const start = process.cpuUsage();
        await run();
        const { user, system } = process.cpuUsage(start);
        if (round >= 0) times[name]?.push((user + system) / count);
      }
    }
  }
  const us = (/** @type {string} */ name) => medianOf(times[name] ?? []);
  const each = "a certificate";
  const chain = "a chain";
  return [
    {
      name: "tls13/x509, parsed and all checked",
      unit: each,
      us: us("parse"),
      ratio: us("parse") / us("parseNode"),
      beside: "X509Certificate",
      bar: 0.1,
    },
    { name: "new X509Certificate", unit: each, us: us("parseNode") },
    { name: "@peculiar/x509", unit: each, us: us("parsePeculiar") },
    { name: "the signatures and keys alone", unit: chain, us: us("floor") },
    {
      name: "tls13/x509, nothing known before",
      unit: chain,
      us: us("cold"),
      ratio: us("cold") / us("floor"),
      beside: "the signatures and keys alone",
    },
    {
      name: "the same with a watch on its signatures and keys",
      unit: chain,
      us: us("timed"),
      ratio: medianOf(shares.slice(-rounds)),
      beside: "what these take within",
      bar: 1.15,
    },
    {
      name: "tls13/x509, chain seen before",
      unit: chain,
      us: us("warm"),
      ratio: us("warm") / us("floor"),
      beside: "the signatures and keys alone",
      bar: 0.3,
    },
    { name: "X509Certificate, verify, checkHost", unit: chain, us: us("node") },
    { name: "@peculiar/x509, verify", unit: chain, us: us("peculiar") },
  ];
}

/** @param {readonly number[]} values */
const medianOf = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * What no verifier gets round: two keys imported in the form that is cheapest for each, two signatures checked. What the
 * calls are given is made before.
 *
 * @param {import("./publicChain.mjs").Chain} chain
 */
function primitivesOf({ leaf, intermediate, root }) {
  const keyOf = (/** @type {Uint8Array} */ der) => new crypto.X509Certificate(der).publicKey;
  const rsa = { key: keyOf(root).export({ format: "der", type: "pkcs1" }), format: "der", type: "pkcs1" };
  const ec = { key: keyOf(intermediate).export({ format: "jwk" }), format: "jwk" };
  const checks = [
    { by: /** @type {any} */ (rsa), der: intermediate },
    { by: /** @type {any} */ (ec), der: leaf },
  ].map(({ by, der }) => {
    const { tbs, signature } = parseCertificate(der);
    return {
      by,
      message: der.subarray(tbs.start, tbs.end),
      signature: der.subarray(signature.start, signature.end),
    };
  });
  return () => {
    for (const { by, message, signature } of checks) {
      if (!crypto.verify("sha256", message, crypto.createPublicKey(by), signature))
        throw new Error("a wrong signature");
    }
  };
}

/** @param {import("./publicChain.mjs").Chain} chain */
function verifyWithNode(chain) {
  const leaf = new crypto.X509Certificate(chain.leaf);
  const intermediate = new crypto.X509Certificate(chain.intermediate);
  const root = new crypto.X509Certificate(chain.root);
  const isGood =
    leaf.verify(intermediate.publicKey) &&
    intermediate.verify(root.publicKey) &&
    leaf.checkHost("www.bench.example") !== undefined;
  if (!isGood) throw new Error("node:crypto refuses the chain");
}

/** Signatures and dates, which is all that it checks. @param {import("./publicChain.mjs").Chain} chain */
async function verifyWithPeculiar(chain) {
  const leaf = new peculiar.X509Certificate(chain.leaf);
  const intermediate = new peculiar.X509Certificate(chain.intermediate);
  const root = new peculiar.X509Certificate(chain.root);
  const isGood =
    (await leaf.verify({ publicKey: intermediate })) && (await intermediate.verify({ publicKey: root }));
  if (!isGood) throw new Error("@peculiar/x509 refuses the chain");
}

/** @param {readonly Row[]} rows */
export function printCertificates(rows) {
  console.log("certificates: an RSA-2048 root, a P-256 intermediate and a P-256 leaf; µs of CPU, medians:");
  for (const { name, unit, us, ratio, beside, bar } of rows) {
    const limit = bar === undefined ? "" : `; the bar is ${bar}`;
    const words = ratio === undefined ? "" : ` (${ratio.toFixed(3)} of ${beside}${limit})`;
    console.log(`  ${us.toFixed(1).padStart(7)}  ${name}, ${unit}${words}`);
  }
}

if (process.argv[1] === import.meta.filename) printCertificates(await certificates(61));

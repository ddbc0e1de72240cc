// npm run hostile: what the costliest chains that we know of cost, each made to reach one of the limits of src/x509/limits.ts
// within the 256 KiB of a message. Prints milliseconds of CPU, garbage collection included: of the first verification in a
// process of its own, and the median of the next ones. docs/certificates.md shows what is written to hostile.json.

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defaultProvider as node } from "../src/crypto/provider/node.ts";
import { defaultProvider as web } from "../src/crypto/provider/web.ts";
import { objectIdentifier, octetString, sequence, setOf, utf8String } from "../src/der/writer.ts";
import { type Bytes, concat } from "../src/wire/bytes.ts";
import { anchorSource } from "../src/x509/anchorSource.ts";
import { certificateCache } from "../src/x509/cache.ts";
import { limits } from "../src/x509/limits.ts";
import { parseReferenceName, type ReferenceName } from "../src/x509/names.ts";
import { anchorFromCertificate } from "../src/x509/trustAnchor.ts";
import { verifyChain } from "../src/x509/verify.ts";
import {
  type Attribute,
  ballast,
  extension,
  extensions,
  generalName,
  type KeyType,
  key,
  makeCertificate,
} from "../test/certificates.ts";

interface Hostile {
  readonly what: string;
  /** The limit that it reaches; undefined where its size alone is what costs. */
  readonly limit?: keyof typeof limits;
  readonly chain: readonly Bytes[];
  readonly roots: readonly Bytes[];
}

const mostBytes = 262_144;
const isCa = extensions.basicConstraints(true);
const names = (count: number, what: string): readonly Bytes[] =>
  Array.from({ length: count }, (_, i) => generalName.dns(`${what}${i}.example`));
const san = extensions.subjectAltName([generalName.dns("a.example")]);

function ca(
  subject: string,
  type: KeyType,
  label: string,
  issuer?: Parameters<typeof makeCertificate>[0]["issuer"],
  more: readonly Bytes[] = [],
): Bytes {
  return makeCertificate({
    subject,
    key: key(type, label),
    ...(issuer && { issuer }),
    extensions: [isCa, ...more],
  });
}

/** Certificates of a name that the root has, or says it has, issued: each path through one costs a check of its signature. */
function forged(type: KeyType): Hostile {
  const root = ca("Root", type, "root");
  const chain = [
    makeCertificate({
      subject: "a.example",
      key: key("P-256"),
      issuer: { subject: "X", key: key("P-256", "x") },
      extensions: [san],
    }),
  ];
  for (let i = 1; i < limits.certificates; i++) {
    const der = makeCertificate({
      subject: "X",
      key: key("P-256", `x ${i}`),
      issuer: { subject: "Root", key: key("P-256", "forger") },
      extensions: [isCa],
    });
    chain.push(der);
  }
  return {
    what: `${limits.certificates - 1} issuers that claim to be a ${type} root's`,
    limit: "signatures",
    chain,
    roots: [root],
  };
}

function forgedRoots(): Hostile {
  const roots = Array.from({ length: 300 }, (_, i) => ca("Root", "P-256", `root ${i}`));
  const chain = [
    makeCertificate({
      subject: "a.example",
      key: key("P-256"),
      issuer: { subject: "Root", key: key("P-256", "forger") },
      extensions: [san],
    }),
  ];
  return { what: "300 P-256 roots of one name", limit: "signatures", chain, roots };
}

/** All of one name, so that any may have issued any. */
function namesakes(): Hostile {
  const by = { subject: "X", key: key("P-256", "x") };
  const chain = [makeCertificate({ subject: "a.example", key: key("P-256"), issuer: by, extensions: [san] })];
  for (let i = 1; i < limits.certificates; i++) chain.push(ca("X", "P-256", `x ${i}`, by));
  return {
    what: `${limits.certificates - 1} issuers of one name`,
    limit: "steps",
    chain,
    roots: [ca("Root", "P-256", "root")],
  };
}

/** The same, and each path ends at a root that expired. */
function namesakesOfRoot(): Hostile {
  const by = { subject: "Root", key: key("P-256", "x") };
  const chain = [makeCertificate({ subject: "a.example", key: key("P-256"), issuer: by, extensions: [san] })];
  for (let i = 1; i < limits.certificates; i++) chain.push(ca("Root", "P-256", `x ${i}`, by));
  return {
    what: `${limits.certificates - 1} issuers of a root's name`,
    limit: "steps",
    chain,
    roots: [ca("Root", "P-256", "root")],
  };
}

function constrained(
  what: string,
  bases: readonly Bytes[],
  leafNames: readonly Bytes[],
  subject: string | readonly Attribute[] = "a.example",
): Hostile {
  const root = { subject: "Root", key: key("P-256", "root") };
  const middle = { subject: "Middle", key: key("P-256", "middle") };
  const constraints = extensions.nameConstraints({ excluded: bases });
  const chain = [
    makeCertificate({
      subject,
      key: key("P-256"),
      issuer: middle,
      extensions: [extensions.subjectAltName(leafNames)],
    }),
    ca("Middle", "P-256", "middle", root, [constraints]),
  ];
  return { what, limit: "nameComparisons", chain, roots: [ca("Root", "P-256", "root")] };
}

function directoryNames(): Hostile {
  const name = (last: string): readonly Attribute[] => [
    ...Array.from({ length: 5 }, (): Attribute => ["O", "x"]),
    ["CN", last],
  ];
  const bases = Array.from({ length: 350 }, (_, i) => generalName.directory(name(`b${i}`)));
  const own = Array.from({ length: 350 }, (_, i) => generalName.directory(name(`n${i}`)));
  return constrained("directory names and constraints of six parts", bases, [
    generalName.dns("a.example"),
    ...own,
  ]);
}

/** As many small elements as fit. */
function filled(): Hostile {
  const policies = Array.from({ length: 3900 }, (_, i) => sequence(objectIdentifier(`2.${i + 40}.1`)));
  const attribute = (i: number): Bytes => setOf(sequence(objectIdentifier("2.5.4.3"), utf8String(`é${i}`)));
  const subject = sequence(...Array.from({ length: 3900 }, (_, i) => attribute(i)));
  const by = { subject: "Root", key: key("P-256", "root") };
  const chain = [
    makeCertificate({ subject, key: key("P-256"), issuer: by, extensions: [san] }),
    makeCertificate({
      subject: "P",
      key: key("P-256"),
      issuer: by,
      extensions: [extension("2.5.29.32", sequence(...policies))],
    }),
    makeCertificate({
      subject: "N",
      key: key("P-256"),
      issuer: by,
      extensions: [extensions.subjectAltName(names(limits.subjectAltNames, "a-rather-long-name"))],
    }),
    makeCertificate({
      subject: "U",
      key: key("P-256"),
      issuer: by,
      extensions: [
        extension(
          "2.5.29.9",
          sequence(
            ...Array.from({ length: 3000 }, () =>
              sequence(objectIdentifier("2.5.4.3"), setOf(octetString())),
            ),
          ),
        ),
      ],
    }),
  ];
  return {
    what: "as many small parts as fit into four certificates",
    limit: "certificateBytes",
    chain,
    roots: [ca("Root", "P-256", "root")],
  };
}

function emails(): Hostile {
  const subject = Array.from({ length: 1400 }, (_, i): Attribute => ["emailAddress", `t${i}@test.example`]);
  return constrained(
    "e-mail addresses in the subject",
    names(170, "x").map((_, i) => generalName.email(`x${i}.example`)),
    [generalName.dns("a.example")],
    subject,
  );
}

function longPath(): Hostile {
  const chain: Bytes[] = [];
  let issuer = { subject: "Root", key: key("P-256", "root") };
  for (let i = 1; i <= limits.pathLength; i++) {
    chain.unshift(ca(`Level ${i}`, "P-256", `level ${i}`, issuer, [ballast(20_000)]));
    issuer = { subject: `Level ${i}`, key: key("P-256", `level ${i}`) };
  }
  const leaf = makeCertificate({ subject: "a.example", key: key("P-256"), issuer, extensions: [san] });
  return {
    what: `${limits.pathLength} certificates of 20,000 bytes between`,
    limit: "pathLength",
    chain: [leaf, ...chain],
    roots: [ca("Root", "P-256", "root")],
  };
}

const makers: readonly (() => Hostile)[] = [
  filled,
  namesakes,
  namesakesOfRoot,
  forgedRoots,
  () => forged("P-384"),
  () => forged("P-521"),
  () => forged("RSA"),
  () =>
    constrained("DNS names and constraints", names(125, "x"), [
      generalName.dns("a.example"),
      ...names(limits.subjectAltNames - 2, "n"),
    ]),
  directoryNames,
  emails,
  longPath,
];

const providers = { node, web };

async function measure(
  index: number,
  providerName: keyof typeof providers,
): Promise<{ first: number; next: number; rule: string }> {
  const hostile = (makers[index] as () => Hostile)();
  const size = concat(...hostile.chain).length;
  if (size > mostBytes) throw new Error(`${hostile.what}: ${size} bytes`);
  const anchors = anchorSource(hostile.roots.map((der) => anchorFromCertificate(der)));
  const question = {
    time: Math.floor(Date.now() / 1000),
    wanted: parseReferenceName("a.example") as ReferenceName,
    purpose: "server",
    profile: undefined,
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
      checks: [],
      evidence: { ocspResponse: undefined, signedCertificateTimestamps: [] },
    });
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
    const { what, limit, chain } = make();
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
      bytes: concat(...chain).length,
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

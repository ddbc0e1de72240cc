import { readFileSync } from "node:fs";
import { DerCursor } from "../src/der/cursor.ts";
import { DerError } from "../src/der/error.ts";
import { type Bytes, copyOf } from "../src/wire/bytes.ts";
import { type Certificate, parseCertificate } from "../src/x509/certificate.ts";
import { describeCertificate } from "../src/x509/describe.ts";
import { nameToString, readName } from "../src/x509/distinguishedName.ts";
import { readNameConstraints } from "../src/x509/extensions/nameConstraints.ts";
import { limits } from "../src/x509/limits.ts";
import { comparisonBudget, constraintViolation } from "../src/x509/nameConstraints.ts";
import { findName, parseMailbox, parseReferenceName } from "../src/x509/names.ts";
import { certificatesFromPem, PemError } from "../src/x509/pem.ts";
import { parseCrl } from "../src/x509/revocation/crl.ts";
import { parseOcspResponse } from "../src/x509/revocation/ocspResponse.ts";
import { parseTimestamp, parseTimestampList } from "../src/x509/transparency/timestamp.ts";
import { anchorFromCertificate } from "../src/x509/trustAnchor.ts";
import { type Grammar, grammar } from "./grammar.ts";
import { mutateBytes, mutateElements } from "./mutate.ts";
import type { Random } from "./random.ts";
import { stepsOf } from "./steps.ts";

/** What is tried with an input, and what comes of it that is no DerError or PemError is a find. */
interface Subject {
  readonly kind: string;
  readonly make: ((grammar: Grammar) => Bytes) | undefined;
  readonly read: (bytes: Bytes) => void;
  /** Looks at elements for each byte of the input: an element has two, and this many readers see it. */
  readonly stepsPerByte: number;
}

const names = ["a.example", "192.0.2.1", "2001:db8::1"].map(parseReferenceName);

const subjects: readonly Subject[] = [
  {
    kind: "certificate",
    make: (grammar) => grammar.certificate(),
    read: (bytes) => void parseCertificate(bytes),
    stepsPerByte: 1,
  },
  {
    kind: "certificate",
    make: (grammar) => grammar.certificate(),
    read: (bytes) => {
      const certificate = parseCertificate(bytes);
      describeCertificate(bytes);
      for (const name of names) if (name !== undefined) findName(certificate, name);
      constrainItself(certificate);
    },
    stepsPerByte: 2,
  },
  {
    kind: "certificate",
    make: (grammar) => grammar.certificate(),
    read: (bytes) => void anchorFromCertificate(bytes),
    stepsPerByte: 1,
  },
  { kind: "crl", make: (grammar) => grammar.crl(), read: readCrl, stepsPerByte: 2 },
  {
    kind: "ocsp",
    make: (grammar) => grammar.ocspResponse(),
    read: (bytes) => void parseOcspResponse(bytes),
    stepsPerByte: 1,
  },
  {
    kind: "name",
    make: (grammar) => grammar.name(),
    read: (bytes) => void nameToString(bytes, readName(new DerCursor(bytes))),
    stepsPerByte: 2,
  },
  {
    kind: "nameConstraints",
    make: (grammar) => grammar.nameConstraints(),
    read: (bytes) => {
      const value = readNameConstraints(new DerCursor(bytes));
      spend(manyNames(), { der: bytes, value });
    },
    stepsPerByte: 4,
  },
  {
    kind: "timestamps",
    make: undefined,
    read: (bytes) => {
      for (const one of parseTimestampList(bytes) ?? []) parseTimestamp(one);
    },
    stepsPerByte: 0,
  },
  {
    kind: "text",
    make: undefined,
    read: (bytes) => {
      const text = new TextDecoder("latin1").decode(bytes);
      parseReferenceName(text);
      parseMailbox(text);
      certificatesFromPem(text).forEach(parseCertificate);
    },
    stepsPerByte: 1,
  },
];

function readCrl(bytes: Bytes): void {
  const { entries, der, tbs } = parseCrl(bytes);
  entries.find(der, { start: tbs.start, end: tbs.start + 4 });
}

/** Its own constraints, for its own names. */
function constrainItself(certificate: Certificate): void {
  const { nameConstraints: value } = certificate.extensions;
  if (value !== undefined) spend(certificate, { der: certificate.der, value });
}

function spend(certificate: Certificate, held: Parameters<typeof constraintViolation>[1]): void {
  const budget = comparisonBudget(limits.nameComparisons);
  constraintViolation(certificate, held, budget);
  if (budget.nameComparisons < -1) throw new Error("more comparisons than the budget has");
}

export type Corpus = readonly { readonly kind: string; readonly bytes: Bytes }[];

/** Lines of a kind and bytes in Base64: one of each shape, and what was found once. */
export const corpus: Corpus = readFileSync(new URL("./corpus/x509.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => {
    const [kind = "", base64 = ""] = line.split(" ");
    return { kind, bytes: copyOf(Buffer.from(base64, "base64")) };
  });

let withNames: Certificate | undefined;
function manyNames(): Certificate {
  withNames ??= corpus
    .filter(({ kind }) => kind === "certificate")
    .map(({ bytes }) => parseCertificate(bytes))
    .reduce((a, b) =>
      (b.extensions.subjectAltName?.length ?? 0) > (a.extensions.subjectAltName?.length ?? 0) ? b : a,
    );
  return withNames;
}

const everything = corpus.map(({ bytes }) => bytes);

function inputFor({ kind, make }: Subject, random: Random): Bytes {
  const own = corpus.filter((one) => one.kind === kind).map(({ bytes }) => bytes);
  if (own.length === 0) throw new Error(`the corpus has no ${kind}`);
  const way = random.below(10);
  if (way === 0) return random.bytes(random.below(200));
  if (way < 4) return mutateBytes(random, random.pick(own), everything);
  if (way < 7 || make === undefined) return mutateElements(random, random.pick(own), everything);
  const made = make(grammar(random));
  return random.chance(0.3) ? mutateBytes(random, made, everything) : made;
}

export interface Find {
  readonly kind: string;
  readonly base64: string;
  readonly why: string;
}

/** What is wrong with one input, if anything. */
function problemOf({ read, stepsPerByte }: Subject, bytes: Bytes): string | undefined {
  let why: string | undefined;
  const steps = stepsOf(() => {
    try {
      read(bytes);
    } catch (error) {
      if (!(error instanceof DerError || error instanceof PemError)) {
        why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      }
    }
  });
  const most = stepsPerByte * bytes.length + 100;
  return why ?? (steps > most ? `${steps} looks at elements, where ${most} may be` : undefined);
}

/** One input for each subject. */
export function tryOnce(random: Random): readonly Find[] {
  return subjects.flatMap((subject) => {
    const bytes = inputFor(subject, random);
    const why = problemOf(subject, bytes);
    return why === undefined
      ? []
      : [{ kind: subject.kind, base64: Buffer.from(bytes).toString("base64"), why }];
  });
}

/** The corpus as it stands. */
export function tryCorpus(): readonly Find[] {
  return subjects.flatMap((subject) =>
    corpus
      .filter(({ kind }) => kind === subject.kind)
      .flatMap(({ bytes }) => {
        const why = problemOf(subject, bytes);
        return why === undefined
          ? []
          : [{ kind: subject.kind, base64: Buffer.from(bytes).toString("base64"), why }];
      }),
  );
}

export const subjectCount = subjects.length;

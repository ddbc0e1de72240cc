import { readFileSync, writeFileSync } from "node:fs";
import { type Bytes, copyOf } from "../../src/wire/bytes.ts";
import type { Random } from "../random.ts";

/** What is tried with an input. */
export interface CoverageTarget {
  readonly name: string;
  /** Inputs to begin with, where nothing was kept yet. */
  seeds(): Promise<readonly Bytes[]>;
  /** A change that keeps the form of an input, where it has one: tried as often as changes of its bytes. */
  change?(random: Random, input: Bytes, others: readonly Bytes[]): Bytes;
  /** @throws what no input may bring about */
  run(input: Bytes): void | Promise<void>;
}

const fileOf = (name: string): URL => new URL(`../corpus/${name}.txt`, import.meta.url);

/** The inputs that were kept: a line each, in Base64. */
export function readCorpus(name: string): readonly Bytes[] {
  return readFileSync(fileOf(name), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => copyOf(Buffer.from(line, "base64")));
}

export function writeCorpus(name: string, inputs: readonly Uint8Array[]): void {
  const lines = inputs.map((bytes) => Buffer.from(bytes).toString("base64"));
  const head = `# Inputs for \`npm run fuzz -- ${name}\`, each of which reaches what those before it don't. Written by it; what was found once is added.`;
  writeFileSync(fileOf(name), `${[head, ...lines].join("\n")}\n`);
}

import { readFileSync } from "node:fs";
import { type Bytes, copyOf } from "../wire/bytes.ts";
import { UsageError } from "./usageError.ts";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  EROFS: "the file system is read-only",
};

/** What the system says against a file is said as an error of usage. @throws UsageError */
export function orUsage<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`${what}: ${reasons[code ?? ""] ?? message}`);
  }
}

/** The bytes before the first end of a line: what an editor puts behind a secret is no part of it. @throws UsageError */
export function firstLine(option: string, file: string): Bytes {
  const bytes = readInput(option, file);
  const end = bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** @throws UsageError */
export function readInput(option: string, file: string): Bytes {
  return copyOf(orUsage(`${option}: can't read ${file}`, () => readFileSync(file)));
}

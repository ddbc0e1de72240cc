import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { chain } from "./harness.ts";

/** A folder of the test's own. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "tls13-cli-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

export function file(contents: string | Uint8Array, name = "file.pem"): string {
  const path = join(folder(), name);
  writeFileSync(path, contents);
  return path;
}

/** `--ca` with the root of a chain. */
export function trusting({ rootPem } = chain): readonly string[] {
  return ["--ca", file(rootPem)];
}

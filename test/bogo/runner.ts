import { spawn } from "node:child_process";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** BoringSSL's runner: the test binary of its ssl/test/runner, compiled. */
export interface Runner {
  readonly binary: string;
  /** A folder for what is made on the way. */
  readonly scratch: string;
}

export interface RunnerCase {
  readonly name: string;
  /** What the shim is started with, but for the port and the shim's number. */
  readonly flags: readonly string[];
}

/** What the runner says of a case, and the lines that it prints about it. */
export interface RunnerVerdict {
  readonly name: string;
  readonly verdict: "PASSED" | "FAILED" | "UNIMPLEMENTED";
  readonly text: string;
}

/** A shim that does nothing but write down what it is started with: how many arguments, then each, then the next. */
const recorder = (file: string): string => `#!/bin/sh
case " $* " in *" -is-handshaker-supported "*) echo No; exit 0;; esac
printf '%s\\0' "$#" "$@" >> '${file}'
exit 89
`;

/** All cases of the runner, with their flags. */
export async function listCases(runner: Runner): Promise<readonly RunnerCase[]> {
  const file = join(runner.scratch, "flags");
  const shim = join(runner.scratch, "recorder");
  await writeFile(file, "");
  await writeFile(shim, recorder(file));
  await chmod(shim, 0o755);
  // One worker: the order of the verdicts is that of the starts.
  const verdicts = await run(runner, ["-shim-path", shim, "-num-workers", "1"], 300_000);
  const words = (await readFile(file, "utf8")).split("\0");
  let at = 0;
  return verdicts.map(({ name }) => {
    const count = Number(words[at]);
    const flags = words.slice(at + 1, at + 1 + count);
    at += 1 + count;
    return { name, flags };
  });
}

/** Runs the cases of these names. */
export async function runCases(
  runner: Runner,
  shim: string,
  names: readonly string[],
  errorMap: Readonly<Record<string, readonly string[]>>,
  told: (verdict: RunnerVerdict) => void,
): Promise<readonly RunnerVerdict[]> {
  const config = join(runner.scratch, "config.json");
  await writeFile(config, JSON.stringify({ ErrorMap: errorMap, HalfRTTTickets: 0 }));
  const args = ["-shim-path", shim, "-shim-config", config, "-num-workers", "2", "-test", names.join(";")];
  return run(runner, args, 3_600_000, told);
}

async function run(
  { binary }: Runner,
  args: readonly string[],
  timeout: number,
  told: (verdict: RunnerVerdict) => void = () => {},
): Promise<readonly RunnerVerdict[]> {
  const child = spawn(binary, ["-allow-unimplemented", "-pipe", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout,
  });
  const verdicts: RunnerVerdict[] = [];
  let lines: string[] = [];
  const finish = (): void => {
    const [, verdict, name = ""] = /^(PASSED|FAILED|UNIMPLEMENTED) \((.*)\)$/.exec(lines[0] ?? "") ?? [];
    if (verdict !== undefined) {
      verdicts.push({ name, verdict: verdict as RunnerVerdict["verdict"], text: lines.slice(1).join("\n") });
      told(verdicts.at(-1) as RunnerVerdict);
    }
    lines = [];
  };
  let rest = "";
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  for await (const text of child.stdout.setEncoding("utf8")) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      if (/^(PASSED|FAILED|UNIMPLEMENTED) \(/.test(line)) finish();
      lines.push(line);
    }
  }
  finish();
  if (verdicts.length === 0) throw new Error(`the runner ran nothing: ${errors || lines.join("\n")}`);
  return verdicts;
}

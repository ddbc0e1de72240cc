import { writeFileSync } from "node:fs";
import { cpus } from "node:os";

/** A report in docs/hostile/, made by one command: what was run, when and on what, and what came of it. */
export function writeReport(name: string, title: string, command: string, body: readonly string[]): void {
  const [cpu] = cpus();
  const lines = [
    `# ${title}`,
    "",
    `Written by \`${command}\` on ${new Date().toISOString().slice(0, 10)}, with Node ${process.versions.node} on ${cpu?.model ?? "this machine"}.`,
    "",
    ...body,
  ];
  writeFileSync(new URL(`../docs/hostile/${name}.md`, import.meta.url), `${lines.join("\n").trimEnd()}\n`);
}

/** A table in Markdown; numbers stand at the right. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): readonly string[] {
  const isNumber = head.map((_, at) => rows.every((row) => typeof row[at] === "number"));
  const cell = (value: string | number): string =>
    typeof value === "number" ? value.toLocaleString("en") : value.replaceAll("|", "\\|");
  return [
    `| ${head.join(" | ")} |`,
    `| ${isNumber.map((is) => (is ? "---:" : "---")).join(" | ")} |`,
    ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
    "",
  ];
}

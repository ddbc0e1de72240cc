// docs/runtimes.md, and the lines that are printed.

import type { Attempt } from "./attempt.ts";
import type { ProviderName } from "./bundle.ts";
import type { CaseResult, GroupReport } from "./report.ts";
import type { Runtime } from "./runtimes.ts";

/** A row: a runtime with a provider. `attempt`: undefined where the runtime is not on this machine. */
export interface Row {
  readonly runtime: Runtime;
  readonly provider: ProviderName;
  /** Whether package.json chooses this provider there. */
  readonly chosen: boolean;
  readonly attempt: Attempt | undefined;
}

export const failuresOf = ({ attempt }: Row): readonly string[] =>
  attempt === undefined
    ? []
    : [
        ...attempt.groups.flatMap(({ group, results }) =>
          results.flatMap(({ name, error }) => (error === undefined ? [] : [`${group}: ${name}: ${error}`])),
        ),
        ...(attempt.error === undefined ? [] : [attempt.error]),
      ];

const passed = ({ error, lacking }: CaseResult): boolean => error === undefined && lacking === undefined;

export const passedIn = ({ attempt }: Row): number =>
  attempt?.groups.reduce((sum, { results }) => sum + results.filter(passed).length, 0) ?? 0;

function cell(group: GroupReport | undefined): string {
  if (group === undefined) return "FAILED";
  const { results } = group;
  const count = results.filter(passed).length;
  if (results.some(({ error }) => error !== undefined)) return `FAILED, ${count} of ${results.length}`;
  if (count === 0) return "–";
  return count === results.length ? String(count) : `${count} of ${results.length}`;
}

export const titleOf = ({ runtime, provider }: Row): string =>
  `${runtime.name} ${runtime.version ?? ""}, ${provider} provider`;

/** What the row says, in words: its groups, and why some cases did not pass. */
export function linesOf(row: Row): readonly string[] {
  const { attempt } = row;
  if (attempt === undefined) return ["skipped: not on this machine"];
  const { speed } = attempt;
  return [
    attempt.groups.map((group) => `${group.group}: ${cell(group)}`).join("; "),
    ...(speed === undefined
      ? []
      : [`${speed.handshake.toFixed(1)} ms a handshake, ${speed.download.toFixed(1)} ms a MiB, both sides`]),
    ...reasonsOf(row),
  ];
}

function reasonsOf({ attempt }: Row): readonly string[] {
  const reasons = new Map<string, number>();
  for (const { lacking } of attempt?.groups.flatMap(({ results }) => results) ?? []) {
    if (lacking !== undefined) reasons.set(lacking, (reasons.get(lacking) ?? 0) + 1);
  }
  return [...reasons].map(([reason, count]) => `${count} cases: ${reason}`);
}

export function page(rows: readonly Row[], date: string): string {
  const names =
    rows.find(({ attempt }) => attempt?.error === undefined)?.attempt?.groups.map(({ group }) => group) ?? [];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = rows.map((row) => {
    const { runtime, provider, chosen, attempt } = row;
    const kind =
      attempt?.provider === undefined
        ? provider
        : `${provider}, ${attempt.provider.aeads[0]?.sync ? "synchronous" : "asynchronous"}`;
    return line([
      `${runtime.name} ${runtime.version ?? ""}`.trim(),
      chosen ? `**${kind}**` : kind,
      ...names.map((name) =>
        attempt === undefined ? "skipped" : cell(attempt.groups.find(({ group }) => group === name)),
      ),
      attempt?.speed?.handshake.toFixed(1) ?? "",
      attempt?.speed?.download.toFixed(1) ?? "",
    ]);
  });
  const notes = rows
    .map((row) => ({
      row,
      reasons: row.attempt === undefined ? ["not on the machine of this run"] : reasonsOf(row),
    }))
    .filter(({ reasons }) => reasons.length > 0)
    .map(({ row, reasons }) => `- **${titleOf(row)}**: ${reasons.join("; ")}.`);
  return `# Runtimes

<!-- Written by npm run test:runtimes; do not edit. -->

${date}. The portable suite: the cases of test/cases with the lab's server in the same runtime, and node:tls behind a WebSocket
relay and TCP. A number is how many cases passed, all of them where it stands alone; "–" is none, for a reason given below. The
provider that package.json chooses for a runtime is set in bold, with whether its ciphers answer at once. The last two columns are
milliseconds for a handshake and for a MiB from server to client, both sides counted, the fastest of five rounds: to compare
providers, not machines.

${line(["runtime", "provider", ...names, "ms a handshake", "ms a MiB"])}
${line(["---", "---", ...names.map(() => "---:"), "---:", "---:"])}
${table.join("\n")}

## Reasons

${notes.join("\n")}
`;
}

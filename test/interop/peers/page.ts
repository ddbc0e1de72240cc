// docs/interop.md, from what came of the cases.

import { type CaseName, type Column, columns } from "./bench.ts";
import { cases } from "./cases.ts";
import type { Peer } from "./peer.ts";
import type { Outcome, Row } from "./table.ts";

/** `row`: undefined where the peer is not on this machine. */
export interface Result {
  readonly peer: Peer;
  readonly row: Row | undefined;
}

/** What stands in a cell: all that was tried, or how much of it the peer can do. */
export function cell(row: Row, column: Column): string {
  const outcomes = outcomesOf(row, column);
  const passed = outcomes.filter(([, { kind }]) => kind === "passed").length;
  if (outcomes.some(([, { kind }]) => kind === "failed")) return "FAILED";
  if (passed === outcomes.length) return "passed";
  return passed === 0 ? "not supported" : `${passed} of ${outcomes.length}`;
}

function outcomesOf(row: Row, column: Column): [CaseName, Outcome][] {
  return cases
    .filter((one) => one.column === column && row.has(one.name))
    .map(({ name }) => [name, row.get(name) as Outcome]);
}

/** Why it is not "passed": the reasons, each with the cases that it is for. */
export function reasons(row: Row): string[] {
  const byReason = new Map<string, CaseName[]>();
  for (const [name, outcome] of row) {
    if (outcome.kind === "passed") continue;
    const reason = outcome.kind === "lacking" ? outcome.reason : `FAILED: ${outcome.error}`;
    byReason.set(reason, [...(byReason.get(reason) ?? []), name]);
  }
  return [...byReason].map(([reason, names]) => `${inWords(names)}: ${reason}`);
}

/** "0-RTT (accepted, rejected), PSK (external)" */
function inWords(names: readonly CaseName[]): string {
  return columns
    .flatMap((column) => {
      const variants = names
        .filter((name) => name.startsWith(`${column}: `))
        .map((name) => name.slice(column.length + 2));
      return variants.length === 0 ? [] : [`${column} (${variants.join(", ")})`];
    })
    .join(", ");
}

export function page(results: readonly Result[], date: string, bulk: number): string {
  const heads = columns.map((column) => (column === "bulk" ? `${bulk / 2 ** 20} MiB` : column));
  const present = results.filter((result) => result.row !== undefined);
  const total = (kind: Outcome["kind"]): number =>
    present.flatMap(({ row }) => [...(row as Row).values()]).filter((outcome) => outcome.kind === kind)
      .length;
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const lines = results.map(({ peer, row }) =>
    line([
      row === undefined ? peer.name : `${peer.name}, ${peer.version}`,
      ...columns.map((column) => (row === undefined ? "skipped" : cell(row, column))),
    ]),
  );
  const notes = results.map(({ peer, row }) => {
    const why = row === undefined ? ["not on the machine of this run"] : reasons(row);
    return [`- **${peer.name}**: ${peer.about}.`, ...why.map((reason) => `  - ${reason}.`)].join("\n");
  });
  return `# Interoperability

<!-- Written by npm run interop; do not edit. -->

${date}, Node ${process.versions.node} on ${process.platform}. ${present.length} peers, ${cases.length} cases each:
**${total("passed")} passed, ${total("failed")} failed**, ${total("lacking")} not supported by the peer.

A cell is "passed" where all its cases are, and else says how many the peer supports. What it does not support is tried all the
same, and a reason that no longer holds is a failure. \`scripts/peers.sh\` installs the peers.

${line(["peer", ...heads])}
${line(["---", ...heads.map(() => "---")])}
${lines.join("\n")}

## The columns

- **suite**, **group**, **certificate**: each one alone, with application data both ways and a clean end. Certificates are a leaf
  with such a key below an intermediate and a root with such keys, verified.
- **HelloRetryRequest**: for each group, because no share was sent.
- **ALPN**: one in common; none in common, and the server's alert or no protocol at all.
- **resumption**: once; twice, by tickets of the first connection or of the second; after a HelloRetryRequest.
- **0-RTT**: accepted; rejected by a HelloRetryRequest, and handed back.
- **client certificate**: demanded, and shown with each kind of key; demanded and not shown.
- **KeyUpdate**: ours with a request for the peer's, and data under the new keys; the peer's.
- **PSK**: external, and no certificate; after a HelloRetryRequest.
- **${heads[columns.indexOf("bulk")]}**: to the peer, from the peer, both at once, compared by hash. A peer
  that sends back what it gets has both at once in all three.
- **abrupt close**: the peer is killed; we vanish, and the next connection is served.

## The peers

${notes.join("\n")}
`;
}

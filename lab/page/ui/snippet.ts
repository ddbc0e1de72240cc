import type { Run } from "../run.ts";

/** What of each scenario a program asks for by an option of its own. */
const options: Readonly<Record<string, readonly string[]>> = {
  "client-cert": ["identity: { certificates, key },"],
  resumption: ["sessions: createSessionCache(), // kept from one connection to the next"],
  "0rtt": ["sessions, // with a ticket that allows early data", "earlyData: request,"],
  "0rtt-rejected": ["sessions, // with a ticket that allows early data", "earlyData: request,"],
  psk: ["psks: [{ identity, key }],"],
  mlkem: ['groups: ["X25519MLKEM768", "x25519"],'],
};

const afterwards: Readonly<Record<string, readonly string[]>> = {
  keyupdate: ["await tls.updateKeys();"],
  closing: ["await tls.close(); // rejects where the server's end was cut off"],
};

/** A program that meets what the page shows; a run that is no scenario's names its server itself, where it was seen. */
export function snippet(scenario: string | undefined, { end, agreed }: Pick<Run, "end" | "agreed">): string {
  const serverName =
    scenario === undefined ? agreed.find(({ name }) => name === "server name")?.value : "lab.example";
  const open = [
    "const tls = connect(transport, {",
    serverName === undefined ? "  serverName," : `  serverName: ${JSON.stringify(serverName)},`,
    "  trust: { roots },",
    ...(options[scenario ?? ""] ?? []).map((line) => `  ${line}`),
    "});",
  ];
  const use = ["const info = await tls.opened;", ...(afterwards[scenario ?? ""] ?? [])];
  if (end.kind !== "failed") return ['import { connect } from "tls13";', "", ...open, ...use].join("\n");
  return [
    'import { connect, TlsError } from "tls13";',
    "",
    ...open,
    "try {",
    ...use.map((line) => `  ${line}`),
    "} catch (error) {",
    `  if (error instanceof TlsError && error.code === ${JSON.stringify(end.code)}) {`,
    `    // ${end.alert === undefined ? "no alert" : `${end.alert.name} was ${end.alert.direction}`}; error.rules tells which rules`,
    "  }",
    "}",
  ].join("\n");
}

import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { fromAscii } from "../../src/wire/bytes.ts";
import type { LabOptions } from "../options.ts";
import { alert, data, end, keyUpdate, type Script, type Step } from "../script.ts";
import type { TicketStore } from "../tickets.ts";
import { serverCredentials } from "./certificates.ts";
import { changedScript, type OnMade } from "./plan.ts";
import type { Change } from "./run.ts";
import type { Act, Scenario } from "./scenarios.ts";

/** A server for a scenario, with changes. */
export interface ChangedServer {
  readonly options: LabOptions;
  /** What the server does in the act of this number, changes and all; there once it has chosen what to do. */
  act(index: number): Script;
}

/**
 * @param made hears of each message of the server
 * @param failed hears of a change that can't be made: the server stops
 */
export function changedServer(
  scenario: Scenario,
  changes: readonly Change[],
  means: { readonly provider: CryptoProvider; readonly ticketStore: TicketStore },
  made: OnMade,
  failed: (error: unknown) => void,
): ChangedServer {
  let acts: readonly Script[] = [];
  const script = (straight: Script): Script => {
    try {
      const whole = [
        ...straight,
        ...scenario.acts.flatMap((act, index) => [curtain(index), ...stepsOf(act)]),
      ];
      const changed = changedScript(whole, changes, made);
      const parts = split(changed);
      acts = parts.slice(1);
      return parts[0] as Script;
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  const chain = changes.findLast((change) => change.kind === "certificates")?.chain ?? "good";
  const options: LabOptions = {
    cipherSuites: ["TLS_AES_128_GCM_SHA256"],
    groups: ["x25519"],
    alpn: "http/1.1",
    ...scenario.server,
    provider: means.provider,
    credentials: serverCredentials(chain),
    ticketStore: means.ticketStore,
    bends: { script },
  };
  return { options, act: (index) => acts[index] ?? [] };
}

/** Stands between what belongs to the handshake and each act. */
function curtain(index: number): Step {
  return { name: `act ${index}`, kind: "flush" };
}

function stepsOf(act: Act): Script {
  if (act.by === "client") return [];
  switch (act.kind) {
    case "say":
      return [data(fromAscii(act.text))];
    case "update keys":
      return keyUpdate(act.request ? 1 : 0);
    case "close":
      return [alert("close_notify"), end];
  }
}

function split(script: Script): readonly Script[] {
  const parts: Step[][] = [[]];
  for (const step of script) {
    if (step.name.startsWith("act ")) parts.push([]);
    else (parts.at(-1) as Step[]).push(step);
  }
  return parts;
}

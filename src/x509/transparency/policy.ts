import type { Log } from "./logList.ts";

/** How many logs must have promised to show a certificate, and how many parties must run these logs. */
export interface TransparencyPolicy {
  readonly logs: number;
  readonly operators: number;
}

/** A timestamp whose signature is right, and which counts by its log's state. */
export interface Vouched {
  readonly log: Log;
  readonly operator: string;
}

const longestShort = 180 * 86_400;

/**
 * What Chrome asks for (its Certificate Transparency Policy, July 2026): two logs, and for a certificate that is valid for
 * more than 180 days three, if their timestamps stand in the certificate; two if they come with the handshake; always of
 * two operators. `lifetime` is in seconds.
 */
export function chromePolicy(lifetime: number, isEmbedded: boolean): TransparencyPolicy {
  return { logs: isEmbedded && lifetime > longestShort ? 3 : 2, operators: 2 };
}

/**
 * Whether a timestamp of this log counts. A log that was retired may have signed anything since, so its timestamps count
 * only from before, in certificates only, and beside one at least of a log that is watched (which {@link isEnough} asks for).
 */
export function counts({ state }: Log, time: number, isEmbedded: boolean): boolean {
  if (state.kind === "retired") return isEmbedded && time < state.since;
  return state.kind === "current";
}

export function operatorAt({ operator, formerOperators }: Log, time: number): string {
  return formerOperators.find(({ until }) => time < until)?.name ?? operator;
}

/** Each log is in the list once. */
export function isEnough(vouched: readonly Vouched[], { logs, operators }: TransparencyPolicy): boolean {
  return (
    vouched.length >= logs &&
    new Set(vouched.map(({ operator }) => operator)).size >= operators &&
    vouched.some(({ log }) => log.state.kind === "current")
  );
}

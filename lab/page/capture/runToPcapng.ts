import type { KeyLogLabel } from "../../../src/handshake/keyLog.ts";
import { type Bytes, concat } from "../../../src/wire/bytes.ts";
import { contentTypes } from "../../../src/wire/registry.ts";
import type { Run, RunRecord, RunStep, Side } from "../run.ts";
import { CaptureError } from "./captureError.ts";
import { keyLogText, type LoggedSecrets, secretNames } from "./keyLogText.ts";
import { fileHeader, packetBlock, secretsBlock } from "./pcapngWriter.ts";
import { TcpSpeaker } from "./tcpSpeaker.ts";

export interface PcapngOptions {
  /** Whether the secrets go along: whoever has the file can then read all that was said. */
  readonly secrets: boolean;
}

/** What opens records. Exporters open none, and stay here. */
const trafficLabels: readonly KeyLogLabel[] = [
  "CLIENT_EARLY_TRAFFIC_SECRET",
  "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  "CLIENT_TRAFFIC_SECRET_0",
  "SERVER_TRAFFIC_SECRET_0",
];

/**
 * A run as a pcapng file: its records over a TCP connection that is made up around them (IPv4, addresses for documentation, times
 * of the run from 1970 on, as it does not say when it was). A run that is not finished has no end in the file either.
 *
 * @throws CaptureError `no_records`
 */
export function runToPcapng(run: Run, { secrets }: PcapngOptions): Bytes {
  if (run.records.length === 0) throw new CaptureError("no_records", `(${run.title})`);
  const speaker = new TcpSpeaker();
  speaker.open(0);
  const times = recordTimes(run);
  for (const [index, { from, wire }] of run.records.entries())
    speaker.say(from, times[index] as number, wire);
  if (run.end.kind !== "unfinished") {
    speaker.close(endedFirst(run), Math.max(times.at(-1) as number, run.steps.at(-1)?.time ?? 0));
  }
  const keyLog = secrets ? trafficSecrets(run) : "";
  return concat(
    fileHeader("tls13 lab"),
    ...(keyLog === "" ? [] : [secretsBlock(keyLog)]),
    ...speaker.packets.map(({ time, bytes }) => packetBlock(time, bytes)),
  );
}

/** NSS's key log of a run: what Wireshark needs to read its records. Empty where no secret of it is known. */
export function trafficSecrets(run: Run): string {
  const hello = run.steps.find((step) => step.kind === "message" && step.name === "ClientHello");
  if (hello?.kind !== "message") return "";
  const known: { [L in KeyLogLabel]?: Bytes } = {};
  for (const label of trafficLabels) {
    const secret = run.secrets.find(({ name }) => name === secretNames[label]);
    if (secret !== undefined) known[label] = secret.value;
  }
  // After the header and legacy_version (RFC 9846 §4.2.2).
  return keyLogText(hello.bytes.slice(6, 38), known satisfies LoggedSecrets);
}

/** Records have no times of their own: those of the steps that they carried, and never back. */
function recordTimes({ records, steps }: Run): number[] {
  const times = new Map<number, number>();
  for (const { from, time, ...step } of steps) {
    if (step.kind === "keys" && step.direction === "write") {
      const { epoch, generation } = step.keys;
      const first = records.findIndex(
        (one) => one.from === from && one.epoch === epoch && one.generation === generation,
      );
      if (first >= 0) times.set(first, time);
    }
    if (step.kind !== "message") continue;
    // The record that makes a message whole.
    const last = step.pieces.at(-1);
    if (last !== undefined) times.set(last.record, time);
  }
  // What has no pieces stands in the same order in both lists.
  for (const side of ["client", "server"] as const) {
    for (const kind of ["change_cipher_spec", "alert", "data"] as const) {
      const carriers = [...records.entries()].filter(([, one]) => one.from === side && carries(one, kind));
      const carried = steps.filter((step): step is RunStep => step.from === side && step.kind === kind);
      carriers.forEach(([index], nth) => {
        const time = carried[nth]?.time;
        if (time !== undefined) times.set(index, time);
      });
    }
  }
  let now = 0;
  return records.map((_, index) => {
    now = Math.max(now, times.get(index) ?? now);
    return now;
  });
}

function carries({ content, type }: RunRecord, kind: "change_cipher_spec" | "alert" | "data"): boolean {
  if (content === undefined) return false;
  return type === (kind === "data" ? contentTypes.application_data : contentTypes[kind]);
}

/** Whoever sent an alert first ends its stream first. */
function endedFirst({ steps }: Run): Side {
  return steps.find(({ kind }) => kind === "alert")?.from ?? "client";
}

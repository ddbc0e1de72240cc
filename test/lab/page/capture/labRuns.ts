import { pieces } from "../../../../lab/memoryTransport.ts";
import { parseKeyLog } from "../../../../lab/page/capture/keyLogText.ts";
import type { Wire, WireChunk } from "../../../../lab/page/capture/wire.ts";
import { wireToRun } from "../../../../lab/page/capture/wireToRun.ts";
import { observedTransport } from "../../../../lab/page/observedTransport.ts";
import type { Run, Side } from "../../../../lab/page/run.ts";
import { alert, data, end, keyUpdate, replaced } from "../../../../lab/script.ts";
import { type CipherSuiteName, cipherSuites } from "../../../../src/crypto/cipherSuites.ts";
import { defaultProvider } from "../../../../src/crypto/provider/node.ts";
import { copyOf, fromAscii } from "../../../../src/wire/bytes.ts";
import { within } from "../../../cases/case.ts";
import {
  closeCleanly,
  exchangeData,
  type Meeting,
  meet,
  opened,
  type Wishes,
} from "../../../cases/meeting.ts";
import { acquaintance, meetAgain, visit } from "../../../cases/returning.ts";
import { harnessWith } from "../../../handshake/harness.ts";

export const harness = harnessWith(defaultProvider);

/** A connection between the client and the lab, with all bytes that crossed between the two. */
export interface Seen {
  readonly meeting: Meeting;
  readonly wire: Wire;
  readonly keyLog: string;
}

export interface Course {
  /** What both say once they are open. Default: a word each. */
  readonly talk?: (meeting: Meeting) => Promise<void>;
  /** Default: opened. */
  readonly outcome?: "opened" | "failed";
  /** How the client meets the server. Default: for the first time. */
  readonly start?: (wishes: Wishes) => Promise<Meeting>;
}

/** Both sides open, say something, and close; or, where they should not, the client fails. */
export async function seenMeeting(
  wishes: Wishes = {},
  { talk = exchangeData, outcome = "opened", start = (all) => meet(harness, all) }: Course = {},
): Promise<Seen> {
  const chunks: WireChunk[] = [];
  const started = performance.now();
  const note = (from: Side, bytes: Uint8Array): void =>
    void chunks.push({ from, time: performance.now() - started, bytes: copyOf(bytes) });
  const meeting = await start({ ...wishes, between: (transport) => observedTransport(transport, note) });
  if (outcome === "failed") {
    await within("the client is closed", meeting.client.closing);
    await within("the server saw the end", meeting.lab.done);
  } else {
    await opened(meeting);
    await talk(meeting);
    await closeCleanly(meeting);
  }
  const wire = { chunks, closed: performance.now() - started };
  return { meeting, wire, keyLog: meeting.keyLog.map((line) => `${line}\n`).join("") };
}

/** The run of such a connection, and that nothing of it was not understood. */
export async function runOf(seen: Seen): Promise<Run> {
  const { run, notes } = await wireToRun("A run", seen.wire, parseKeyLog(seen.keyLog), defaultProvider);
  if (notes.length > 0) throw new Error(notes.join("\n"));
  return run;
}

/** What a run says, without its times: the messages, data and alerts of each side. */
export function told({ steps }: Run): string[] {
  return steps.flatMap((step) => {
    const { from } = step;
    if (step.kind === "message") return [`${from} ${step.name} ${step.keys.epoch} ${step.keys.generation}`];
    if (step.kind === "data")
      return [
        `${from} ${step.bytes.length} bytes ${step.early ? "early" : step.keys.epoch} ${step.keys.generation}`,
      ];
    if (step.kind === "alert")
      return [`${from} alert ${step.name} ${step.keys.epoch} ${step.keys.generation}`];
    return step.kind === "change_cipher_spec" ? [`${from} change_cipher_spec`] : [];
  });
}

/** Connections of all kinds, by name. */
export const courses: Readonly<Record<string, () => Promise<Seen>>> = {
  ...Object.fromEntries(
    (Object.keys(cipherSuites) as CipherSuiteName[]).map((suite) => [
      suite,
      () => seenMeeting({ client: { cipherSuites: [suite] } }),
    ]),
  ),
  X25519MLKEM768: () => seenMeeting({ client: { groups: ["X25519MLKEM768"] } }),
  "a second hello": () => seenMeeting({ client: { keyShares: [] } }),
  "a request for a client certificate": () => seenMeeting({ server: { requestCertificate: true } }),
  "records that are cut and padded": () =>
    seenMeeting({ packing: { together: true, fragments: pieces(7), padding: 9 } }),
  "key updates on both sides": () =>
    seenMeeting(
      {},
      {
        talk: async (meeting) => {
          await exchangeData(meeting);
          await meeting.lab.perform(...keyUpdate(1));
          await exchangeData(meeting);
          await meeting.lab.perform(...keyUpdate(1));
          await exchangeData(meeting);
        },
      },
    ),
  "much data": () =>
    seenMeeting(
      {},
      {
        talk: async ({ lab, client }) => {
          const much = new Uint8Array(100_000).fill(0x2e);
          for (let start = 0; start < much.length; start += 16_000)
            await lab.perform(data(much.slice(start, start + 16_000)));
          await within("all of it came", client.contentOf(much.length - (much.length % 16_000)));
        },
      },
    ),
  "early data that is accepted": () => again("accept"),
  "early data that is rejected": () => again("reject"),
  "a Finished that is wrong": () =>
    seenMeeting(
      {
        bends: {
          bytes: { Finished: (bytes) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)) },
        },
      },
      { outcome: "failed" },
    ),
  "a hello that the server refuses": () =>
    seenMeeting(
      { bends: { script: [replaced("ServerHello", alert("handshake_failure"), end)] } },
      { outcome: "failed" },
    ),
};

async function again(earlyData: "accept" | "reject"): Promise<Seen> {
  const known = acquaintance(harness);
  await visit(known, { server: { tickets: 1, ticket: { maxEarlyDataSize: 1024 } } });
  return seenMeeting(
    { client: { earlyData: fromAscii("early words") }, server: { earlyData } },
    { start: (wishes) => meetAgain(known, wishes) },
  );
}

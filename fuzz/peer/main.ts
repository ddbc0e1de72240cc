import { defaultProvider as node } from "../../src/crypto/provider/node.ts";
import { defaultProvider as web } from "../../src/crypto/provider/web.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { Random } from "../random.ts";
import { table, writeReport } from "../report.ts";
import type { Bend } from "./bend.ts";
import { bendsOf } from "./bends.ts";
import { type Conversation, conversations, type Outcome } from "./conversation.ts";
import { judge } from "./judge.ts";

interface Count {
  tried: number;
  refused: number;
  same: number;
  other: number;
  faults: number;
}

/** What came of all that was tried, for people. */
class Tally {
  readonly counts = new Map<string, Count>();
  readonly codes = new Map<string, number>();
  readonly faults: string[] = [];
  slowest = 0;

  note(conversation: Conversation, bend: Bend, outcome: Outcome, milliseconds: number): void {
    const count = this.#countOf(`${conversation.name}|${bend.kind}`);
    const result = judge(bend, outcome, conversation.honest);
    count.tried++;
    this.slowest = Math.max(this.slowest, milliseconds);
    if (typeof result === "string") count[result]++;
    else {
      count.faults++;
      const { name, at } = bend.message;
      this.faults.push(`${conversation.name}, ${name} (${at}), ${bend.kind}, ${bend.what}: ${result.fault}`);
      console.log(this.faults.at(-1));
    }
    const { error } = outcome;
    if (error === undefined) return;
    const code = `${error.code} → ${error.alert === undefined ? "none" : `${error.alert.direction} ${error.alert.name}`}`;
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
  }

  #countOf(key: string): Count {
    const count = this.counts.get(key) ?? { tried: 0, refused: 0, same: 0, other: 0, faults: 0 };
    this.counts.set(key, count);
    return count;
  }

  get tried(): number {
    return [...this.counts.values()].reduce((sum, { tried }) => sum + tried, 0);
  }
}

async function attempt(tally: Tally, conversation: Conversation, bend: Bend): Promise<void> {
  const start = performance.now();
  const outcome = await conversation.have(bend.bend);
  tally.note(conversation, bend, outcome, performance.now() - start);
}

/** Every bend, one at a time. */
async function tryAll(tally: Tally, provider: CryptoProvider, every: number): Promise<void> {
  for (const conversation of await conversations(provider)) {
    for (const [at, bend] of bendsOf(conversation).entries()) {
      if (at % every === 0) await attempt(tally, conversation, bend);
    }
  }
}

/** Two messages bent at once, of one conversation: it may be refused, or be as it was but for what the two may change. */
function both(first: Bend, second: Bend): Bend {
  const [earlier, later] = first.message.at < second.message.at ? [first, second] : [second, first];
  return {
    kind: earlier.kind,
    what: `${earlier.what}; and ${later.message.name} (${later.message.at}), ${later.kind}, ${later.what}`,
    message: earlier.message,
    expected: "either",
    mayChange: [...(earlier.mayChange ?? []), ...(later.mayChange ?? [])],
    // The earlier one may put steps in or take them out.
    bend: (script) => earlier.bend(later.bend(script)),
  };
}

/** Bends at random, half of them two at once, until the time is over. */
async function tryAtRandom(tally: Tally, random: Random, seconds: number): Promise<void> {
  const end = Date.now() + 1000 * seconds;
  const known = (await Promise.all([node, web].map(conversations))).flat();
  const bends = known.map((conversation) => ({ conversation, all: bendsOf(conversation) }));
  while (Date.now() < end) {
    const { conversation, all } = random.pick(bends);
    const [first, second] = [random.pick(all), random.pick(all)];
    const mayJoin = [first, second].every(({ kind }) => kind !== "left out, doubled, moved");
    const isPair = random.chance(0.5) && mayJoin && first.message.at !== second.message.at;
    await attempt(tally, conversation, isPair ? both(first, second) : first);
  }
}

/** How much of what WebCrypto's ciphers see is tried in the long form: they are slow, and see what Node's do. */
const everyOfWeb = 10;

/** Answers the faults. Without a time, everything is tried once, and docs/hostile/mutations.md is written. */
export async function fuzzPeer(random: Random, seconds: number | undefined): Promise<readonly string[]> {
  const tally = new Tally();
  const noteFault = (error: unknown): void => {
    tally.faults.push(`an exception that nobody caught: ${error instanceof Error ? error.stack : error}`);
    console.log(tally.faults.at(-1));
  };
  process.on("unhandledRejection", noteFault);
  process.on("uncaughtException", noteFault);
  if (seconds !== undefined) await tryAtRandom(tally, random, seconds);
  else {
    await tryAll(tally, node, 1);
    await tryAll(tally, web, everyOfWeb);
    report(tally);
  }
  console.log(
    `${tally.tried} conversations, the slowest ${tally.slowest.toFixed(0)} ms, ${tally.faults.length} faults`,
  );
  return tally.faults;
}

function report({ counts, codes, faults, tried, slowest }: Tally): void {
  const rows = [...counts].map(([key, { tried, refused, same, other, faults }]) => [
    ...key.split("|"),
    tried,
    refused,
    same,
    other,
    faults,
  ]);
  writeReport("mutations", "Every message of a server's, bent", "npm run fuzz -- peer", [
    "The lab's server knows the keys, so what it bends it bends beneath the encryption. Three conversations, from the first hello",
    "to close_notify (HelloRetryRequest, a client certificate, a ticket, KeyUpdates and a request after the handshake among them),",
    "are had again with one thing changed: each message's every byte, field, length and element set to its extremes, left out,",
    "doubled, put elsewhere, split at every byte; each record's every byte, type, length and padding; other records in front and",
    "in the middle. A changed message enters the server's transcript, so that nothing but the change itself is wrong with it;",
    "*forged* ones don't, as from somebody who has the keys of the records and not that of the certificate.",
    "",
    "What may come of it: an error of ours (*refused*), the same connection (what both sides agreed on, who the server is, all",
    "data), or, where the message means something that a server may say, *another* that both sides agree on. A hang, any other",
    "exception, an internal error, another connection and one on which the two sides differ are faults; so is a change of",
    "Finished, of CertificateVerify, of a sealed record or of a forged message that is not refused, and a split that is.",
    "",
    `${tried.toLocaleString("en")} conversations, ${faults.length} faults; the slowest took ${slowest.toFixed(0)} ms. All with the ciphers of Node, and every`,
    `${everyOfWeb}th with those of WebCrypto. \`npm run fuzz -- peer --time 600\` goes on at random, with two changes at once.`,
    "",
    ...table(
      ["conversation", "kind of change", "tried", "refused", "the same", "another", "faults"],
      rows as never,
    ),
    "What was refused, and with which alert:",
    "",
    ...table(
      ["code → alert", "times"],
      [...codes].sort(([, a], [, b]) => b - a),
    ),
  ]);
}

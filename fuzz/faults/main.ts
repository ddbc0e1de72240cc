// npm run faults [-- --every NUMBER]: something goes wrong at every point that a connection passes: every call of a primitive,
// of the verifier, of a signer, of a cache and of the transport, both ways. With a number, at every so-manieth point only; without,
// at all of them, and docs/hostile/faults.md is written.

import { parseArgs } from "node:util";
import { defaultProvider as node } from "../../src/crypto/provider/node.ts";
import { defaultProvider as web } from "../../src/crypto/provider/web.ts";
import { table, writeReport } from "../report.ts";
import { encounters, pairOf } from "./encounter.ts";
import { faults } from "./points.ts";
import { incidents, recordsInOneGo, resultOf } from "./window.ts";

const { values } = parseArgs({ options: { every: { type: "string", default: "1" } } });
const every = Number(values.every);
if (!(Number.isInteger(every) && every > 0)) throw new RangeError("--every: expected a whole number above 0");

const wrongs: string[] = [];
const note = (wrong: string): void => {
  wrongs.push(wrong);
  console.log(wrong);
};
process.on("unhandledRejection", (error) => note(`a rejection that nobody handled: ${error}`));
process.on("uncaughtException", (error) => note(`an exception that nobody caught: ${error.stack}`));

const rows: (readonly (string | number)[])[] = [];
for (const [name, provider] of [
  ["node", node],
  ["web", web],
] as const) {
  for (const encounter of encounters) {
    const pair = await pairOf(encounter, provider);
    const { error, wrong } = await pair.meet(-1, undefined);
    if (error !== undefined || wrong !== undefined) note(`${name}, ${encounter.name}: ${error ?? wrong}`);
    for (const fault of faults) {
      const before = wrongs.length;
      const outcomes = new Map<string, number>();
      let tried = 0;
      for (let point = 0; ; point += every) {
        const result = await pair.meet(point, fault);
        const { hit } = result.points;
        if (hit === undefined) break;
        tried++;
        const outcome = result.error?.code ?? "no error";
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (result.wrong !== undefined)
          note(`${name}, ${encounter.name}, ${fault} at ${hit} (${point}): ${result.wrong}`);
        if (fault === "late" && result.error !== undefined)
          note(`${name}, ${encounter.name}, late ${hit} (${point}): ${result.error}`);
      }
      const shown = [...outcomes]
        .map(([code, count]) => `${code} ${count}`)
        .sort()
        .join(", ");
      rows.push([encounter.name, name, fault, tried, shown, wrongs.length - before]);
      console.log(`${encounter.name}, ${name}, ${fault}: ${tried} points, ${shown}`);
    }
  }
}

let compared = 0;
for (const [at, incident] of incidents.entries()) {
  if (at % every !== 0) continue;
  const [serial, ahead] = [await resultOf(incident, node), await resultOf(incident, web)];
  compared++;
  if (serial !== ahead)
    note(`${incident.what}: ${serial} with the ciphers of Node, ${ahead} with WebCrypto's`);
}
console.log(`${compared} incidents within a window of records; ${wrongs.length} wrong`);

if (every === 1) {
  writeReport("faults", "Something goes wrong at every point", "npm run faults", [
    "A connection passes points: each call of a primitive, of the verifier, of the client's signer, of the session cache, of the",
    "transport, and each time that the transport tells something. A whole connection (a handshake, 24 records and two KeyUpdates",
    "down, 40 kB up, both ends) is had once for each point and each thing that can go wrong there: what is called throws, answers",
    "late or never; the application aborts or closes; the transport breaks or ends.",
    "",
    "Wrong is: a hang (what never answers is waited for until the server goes away, or the application gives up), more than one",
    "error, an error that is no TlsError, anything told twice, after the end or before the beginning, data that is not what was",
    "sent, in its order, a clean end before all of it, a transport that is left open, a rejection that nobody handled. What answers",
    "late must change nothing. A cache that fails costs nothing, so that is *no error*; so are points behind the last byte.",
    "",
    ...table(["connection", "ciphers", "what goes wrong", "points", "how it ended", "wrong"], rows),
    "A cipher of the platform's that never answers holds back the alert, and the transport with it: that is the one thing that the",
    "application has to end by itself.",
    "",
    `## Within a window of records`,
    "",
    `${recordsInOneGo} records arrive in one go, more than an asynchronous reader opens at once. In front of each in turn stands a KeyUpdate,`,
    "close_notify, a fatal alert, a damaged record, an unprotected or an empty one, also behind a KeyUpdate. With WebCrypto's ciphers,",
    "which open records ahead, all that can be seen is what it is with Node's, which open one after the other:",
    `${compared} incidents, ${wrongs.length === 0 ? "no difference" : "differences above"}.`,
  ]);
}
process.exit(wrongs.length === 0 ? 0 : 1);

// node --import ./scripts/ts.mjs test/session/redisTaker.ts SOCKET PARTITIONS: one of two processes that want the same sessions.
// It says "ready", waits for a line, takes from partition 0, 1, … until each is empty, and prints the tickets that it got.

import { createInterface } from "node:readline";
import { createClient } from "redis";
import { redisSessionStore } from "../../src/session/redisSessionStore.ts";
import { openSessionCodec } from "../../src/session/sessionCodec.ts";
import { sharedSessionCache } from "../../src/session/sharedSessionCache.ts";
import { ticketOf } from "./sessions.ts";

const [path = "", partitions] = process.argv.slice(2);
const client = await createClient({ socket: { path, tls: false } }).connect();
const cache = sharedSessionCache(redisSessionStore(client), { codec: openSessionCodec });
const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
console.log("ready");
await lines.next();
const tickets: string[] = [];

/** Several at once, as a busy program does. */
async function takeAll(partition: string): Promise<void> {
  for (;;) {
    const ticket = ticketOf(await cache.take(partition));
    if (ticket === undefined) return;
    tickets.push(ticket);
  }
}

for (let i = 0; i < Number(partitions); i++) {
  await Promise.all([takeAll(`p${i}`), takeAll(`p${i}`), takeAll(`p${i}`)]);
}
console.log(JSON.stringify(tickets));
await client.close();
process.exit(0);

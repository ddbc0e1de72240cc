// @ts-check
// One client in a process of its own, as programs have one: what the other leaves to the garbage collector, and makes of
// code that both share, is no cost of this one. Told what to do by messages, it answers each with what that took.

import { clients, download, firstByte, handshake, resumptions, upload } from "./clients.mjs";

/** @typedef {import("./clients.mjs").Cost} Cost */

/**
 * @param {() => Promise<unknown>} work
 * @returns {Promise<Cost>}
 */
export async function cost(work) {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { cpu: (user + system) / 1000, wall: performance.now() - wall };
}

/** @param {import("./clients.mjs").Client} client @param {number} times */
async function handshakes(client, times) {
  for (let i = 0; i < times; i++) await handshake(client);
}

/** How much of what, each: handshakes, bytes, or nothing to say. */
const works = {
  handshake: (/** @type {import("./clients.mjs").Client} */ client, /** @type {number} */ times) =>
    cost(() => handshakes(client, times)),
  resume: (/** @type {import("./clients.mjs").Client} */ client, /** @type {number} */ times) =>
    resumptions(client, times, cost),
  download: (/** @type {import("./clients.mjs").Client} */ client, /** @type {number} */ bytes) =>
    cost(() => download(client, bytes)),
  upload: (/** @type {import("./clients.mjs").Client} */ client, /** @type {number} */ bytes) =>
    cost(() => upload(client, bytes)),
  /** Wall time only. */
  firstByte: async (/** @type {import("./clients.mjs").Client} */ client) => ({
    cpu: Number.NaN,
    wall: await firstByte(client),
  }),
};

/** @typedef {keyof typeof works} WorkName */

process.once("message", (/** @type {any} */ { which, port, root, cipher }) => {
  const client = clients(port, root, cipher)[/** @type {"ours" | "theirs"} */ (which)];
  process.on("message", async (/** @type {{ work: WorkName, amount: number }} */ { work, amount }) => {
    process.send?.(await works[work](client, amount));
  });
});

process.once("disconnect", () => process.exit(0));

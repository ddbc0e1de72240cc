// However a connection ends, and at whatever step: its face is told once, last of all, and nothing is left that nobody
// handles (Vitest fails on such).

import { describe, expect, test } from "vitest";
import { within } from "../cases/case.ts";
import { identityOf } from "../cases/clientIdentities.ts";
import type { Meeting, Wishes } from "../cases/meeting.ts";
import { acquaintance, meetAgain, together, visit } from "../cases/returning.ts";
import { providers } from "../crypto/providers.ts";
import { harnessWith } from "../handshake/harness.ts";

async function* pieces(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 5; i++) {
    await Promise.resolve();
    yield new Uint8Array(10);
  }
}

const early = (): Wishes => ({ client: { earlyData: pieces() } });

const wishes: Readonly<Record<string, () => Wishes>> = {
  "early data that is accepted": () => together(early(), { server: { earlyData: "accept" } }),
  "early data that is rejected": early,
  "early data and a retry": () => together(early(), { server: { retry: { cookie: new Uint8Array(3) } } }),
  "a client's certificate": () => ({
    server: { requestCertificate: true, selectPsk: "decline", tickets: 2 },
  }),
};

const endings: Readonly<Record<string, (meeting: Meeting, controller: AbortController) => void>> = {
  "an abort": (_, controller) => controller.abort(new Error("stop")),
  "close()": ({ connection }) => connection.close(),
  "a fault of the transport": ({ transports }) => transports[1].abort(new Error("cut")),
  "the end of the server's bytes": ({ transports }) => transports[1].end(),
  "a failure of the face's": ({ connection }) => connection.fail(new Error("destroyed")),
};

/** Turns of the microtasks, then of the event loop. */
const moments = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55].map((ticks) => [ticks, 0] as const);
const later = [1, 2, 3, 5, 8, 13].map((turns) => [0, turns] as const);

describe.each(providers)("%s provider", (_, provider) => {
  test.each(Object.entries(wishes))("a connection with %s ends at any step", async (_name, wish) => {
    const harness = harnessWith(provider);
    const identity = await identityOf(harness);
    for (const [how, end] of Object.entries(endings)) {
      for (const [ticks, turns] of [...moments, ...later]) {
        const known = acquaintance(harness);
        await visit(known, { server: { tickets: 1, ticket: { maxEarlyDataSize: 1000 } } });
        const controller = new AbortController();
        const meeting = await meetAgain(
          known,
          together({ client: { identity, signal: controller.signal } }, wish()),
        );
        for (let i = 0; i < ticks; i++) await Promise.resolve();
        for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
        end(meeting, controller);
        await within(
          `it has ended by ${how} after ${ticks} ticks and ${turns} turns`,
          meeting.client.closing,
        );
        const told = meeting.client.told.filter((one) => one !== "data" && one !== "opened");
        expect(told.slice(-2).join()).toMatch(
          meeting.client.error === undefined ? /closed$/ : /^failed,closed$/,
        );
        expect(told.filter((one) => one === "closed")).toHaveLength(1);
        meeting.transports[1].abort(new Error("over"));
      }
    }
  });
});

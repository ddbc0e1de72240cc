import { believer } from "../../lab/leafKey.ts";
import { type KnownKeys, trustOnFirstUse } from "../../src/trust/firstUse.ts";
import type { PresentedCertificates, ServerIdentity, ServerVerifier } from "../../src/trust/verifier.ts";
import { peerError } from "../../src/wire/error.ts";
import { type Case, expectEqual } from "./case.ts";
import { meet, refused, type Wishes } from "./meeting.ts";
import { acquaintance, expectFull, expectResumed, returns, visit } from "./returning.ts";

const giving: Wishes = { server: { tickets: 1 } };

/** What a verifier does that does not believe a chain. */
const doubts: readonly (readonly [what: string, doubt: () => unknown])[] = [
  [
    "refuses it",
    () => {
      throw peerError("certificate_revoked", "since yesterday");
    },
  ],
  ["rejects", () => Promise.reject(peerError("certificate_expired", "since yesterday"))],
  [
    "fails",
    () => {
      throw new TypeError("no such column");
    },
  ],
  ["answers with nothing", () => undefined],
  ["answers with null", async () => null],
  ["answers with false", () => false],
  ["answers with true", () => true],
  ["answers with nobody in particular", () => ({})],
];

const believing = (verifier: (presented: PresentedCertificates) => unknown): Wishes => ({
  client: { verifier: verifier as ServerVerifier },
});

export const cases: readonly Case[] = [
  ...doubts.map(
    ([what, doubt]): Case => ({
      name: `offers no session whose certificate the verifier is asked about and ${what}`,
      rules: ["4.7.1/6"],
      run: async (harness) => {
        const known = acquaintance(harness);
        await visit(known, giving);
        known.clock.time += 1000;
        const asked: (readonly [fromSession: boolean, time: number])[] = [];
        const second = await visit(
          known,
          believing((presented) => {
            asked.push([presented.fromSession, presented.time]);
            return presented.fromSession ? doubt() : believer(presented);
          }),
        );
        expectFull(second);
        const { time } = known.clock;
        expectEqual(
          asked,
          [
            [true, time],
            [false, time],
          ],
          "what the verifier was asked, and when",
        );
        const [ticket] = known.ticketStore.issued;
        expectEqual(ticket && known.ticketStore.timesOffered(ticket.identity), 0, "the offers of the ticket");
        expectEqual(known.sessions.held, [], "the sessions that are left");
      },
    }),
  ),
  ...doubts.slice(3).map(
    ([what, doubt]): Case => ({
      name: `ends a handshake whose verifier ${what}`,
      rules: ["internal_error"],
      run: async (harness) => {
        const meeting = await meet(harness, believing(doubt));
        await refused(meeting, { code: "internal_error", alert: "internal_error", says: /verifier/ });
      },
    }),
  ),
  returns({
    name: "tells the verifier whether a chain comes from a session",
    rules: ["4.7.1/6"],
    first: giving,
    second: believing((presented): ServerIdentity => {
      expectEqual(presented.fromSession, true, "whether it does");
      return believer(presented) as ServerIdentity;
    }),
    check: (second) => expectResumed(second),
  }),
  {
    name: "takes no session for the first use of a key that was removed",
    rules: ["4.7.1/6"],
    run: async (harness) => {
      const known = acquaintance(harness);
      const kept = new Map<string, string>();
      const store: KnownKeys = {
        get: (name) => kept.get(name),
        set: (name, key) => void kept.set(name, key),
      };
      const client = { verifier: trustOnFirstUse(store) };
      await visit(known, { client, ...giving });
      const [old] = kept.values();
      kept.clear();
      // It has a new key, and knows the old tickets.
      expectFull(await visit(known, { client, key: "P-384" }));
      expectEqual([kept.size, kept.has("server.example")], [1, true], "the keys that are known");
      expectEqual([...kept.values()].includes(old as string), false, "whether the old key is back");
    },
  },
];

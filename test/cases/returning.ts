import { TicketStore } from "../../lab/tickets.ts";
import type { CompletedHandshake } from "../../src/handshake/client/handshake.ts";
import type { Session } from "../../src/session/session.ts";
import type { SessionCache } from "../../src/session/sessionCache.ts";
import { type Case, expectEqual, type Harness } from "./case.ts";
import { closeCleanly, exchangeData, type Meeting, meet, opened, type Wishes } from "./meeting.ts";

/** A cache that shows what it holds, the newest first, and that asks nobody for partitions. */
export class Sessions implements SessionCache {
  readonly shared = false;
  readonly held: Session[] = [];

  put(_: string, session: Session): void {
    this.held.unshift(session);
  }

  take(): Session | undefined {
    return this.held.shift();
  }
}

/** A time that both sides go by, in milliseconds since 1970; it stands still unless a test moves it. */
export interface Clock {
  time: number;
}

/** What lasts from one connection to the next. */
export interface Acquaintance {
  readonly harness: Harness;
  readonly sessions: Sessions;
  readonly ticketStore: TicketStore;
  readonly clock: Clock;
}

export function acquaintance(harness: Harness): Acquaintance {
  const clock: Clock = { time: Date.UTC(2026, 0, 1) };
  const now = (): number => clock.time;
  return {
    harness: {
      ...harness,
      provider: { ...harness.provider, now },
      labProvider: { ...harness.labProvider, now },
    },
    sessions: new Sessions(),
    ticketStore: new TicketStore(),
    clock,
  };
}

export function together(...wishes: readonly (Wishes | undefined)[]): Wishes {
  const given = wishes.filter((one) => one !== undefined);
  return {
    ...Object.assign({}, ...given),
    client: Object.assign({}, ...given.map(({ client }) => client)),
    server: Object.assign({}, ...given.map(({ server }) => server)),
  };
}

/** Begins a connection: the client has the sessions, the server the tickets. */
export function meetAgain(known: Acquaintance, wishes: Wishes = {}): Promise<Meeting> {
  const { harness, sessions, ticketStore } = known;
  return meet(
    harness,
    together({ client: { sessions }, server: { ticketStore, ticketAgeTolerance: 0 } }, wishes),
  );
}

/** A whole connection, with data both ways and a clean end. */
export async function visit(known: Acquaintance, wishes: Wishes = {}): Promise<Visit> {
  const meeting = await meetAgain(known, wishes);
  const handshake = await opened(meeting);
  await exchangeData(meeting);
  await closeCleanly(meeting);
  expectEqual(meeting.lab.seen.unreadable, 0, "records that the server could not open");
  return { meeting, handshake };
}

export interface Visit {
  readonly meeting: Meeting;
  readonly handshake: CompletedHandshake;
}

export interface ReturnRow {
  readonly name: string;
  readonly rules: readonly string[];
  /** Of both connections. */
  readonly both?: Wishes;
  /** Of the first; the server gives one ticket there. */
  readonly first?: Wishes;
  readonly second?: Wishes;
  /** Between the two. */
  readonly meanwhile?: (known: Acquaintance) => void;
  readonly check: (second: Visit, first: Visit, known: Acquaintance) => void | Promise<void>;
}

/** A client that comes back. */
export function returns({ name, rules, both, first, second, meanwhile, check }: ReturnRow): Case {
  return {
    name,
    rules,
    run: async (harness) => {
      const known = acquaintance(harness);
      const before = await visit(known, together({ server: { tickets: 1 } }, both, first));
      known.clock.time += 1000;
      meanwhile?.(known);
      const after = await visit(known, together(both, second));
      await check(after, before, known);
    },
  };
}

/** Both sides say so, and no certificate was shown. */
export function expectResumed({ meeting, handshake }: Visit, index = 0): void {
  expectEqual(handshake.server.kind, "resumption", "how the server authenticated itself");
  const { psk } = meeting.lab.context.choice;
  expectEqual([psk?.index, psk?.psk.kind], [index, "resumption"], "the PSK that the server selected");
  expectEqual(shownBy(meeting), [], "the server's messages of authentication");
}

export function expectFull({ meeting, handshake }: Visit): void {
  expectEqual(handshake.server.kind, "certificate", "how the server authenticated itself");
  expectEqual(meeting.lab.context.choice.psk, undefined, "the PSK that the server selected");
  expectEqual(
    shownBy(meeting),
    ["Certificate", "CertificateVerify"],
    "the server's messages of authentication",
  );
}

function shownBy({ client }: Meeting): readonly string[] {
  return client.trace.flatMap((event) =>
    event.kind === "message" && event.direction === "in" && event.name.startsWith("Certificate")
      ? [event.name]
      : [],
  );
}

import { describe, expect, test } from "vitest";
import { Tickets } from "../../src/connection/tickets.ts";
import { cipherSuite } from "../../src/crypto/cipherSuites.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import type { CompletedHandshake } from "../../src/handshake/client/handshake.ts";
import type { ClientParameters } from "../../src/handshake/client/parameters.ts";
import type { NewSessionTicket } from "../../src/messages/newSessionTicket.ts";
import type { Session } from "../../src/session/session.ts";
import type { SessionCache } from "../../src/session/sessionCache.ts";
import { noon } from "../session/sessions.ts";

const ticketOf = (number: number): NewSessionTicket => ({
  ticketLifetime: 60,
  ticketAgeAdd: 0,
  ticketNonce: new Uint8Array([number]),
  ticket: new Uint8Array([number]),
  extensions: [],
});

const handshake = {
  suite: cipherSuite("TLS_AES_128_GCM_SHA256"),
  resumptionSecret: new Uint8Array(32),
  alpn: undefined,
  clientIdentity: undefined,
  server: { kind: "certificate", certificate: { chain: [new Uint8Array([0x30])] } },
} as unknown as CompletedHandshake;

function ticketsInto(put: SessionCache["put"], now = () => noon): Tickets {
  const cache: SessionCache = { shared: false, put, take: () => undefined };
  const provider = { ...defaultProvider, now };
  const resumption = { cache, partition: "p" };
  return new Tickets({ provider, serverName: "a.example", resumption } as unknown as ClientParameters);
}

const later = () => new Promise((resolve) => setImmediate(resolve));

describe("tickets of a connection", () => {
  test("come from a flood no faster than the cache takes them", async () => {
    const waiting: (() => void)[] = [];
    const put: number[] = [];
    const tickets = ticketsInto((_, { ticket: [number] }) => {
      put.push(number as number);
      return new Promise((resolve) => waiting.push(resolve));
    });
    tickets.opened(handshake);
    for (let i = 0; i < 100; i++) tickets.received(ticketOf(i));
    expect(put).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const done of waiting.splice(0, 2)) done();
    await later();
    for (let i = 100; i < 110; i++) tickets.received(ticketOf(i));
    expect(put.slice(8)).toEqual([100, 101]);
  });

  test.each<readonly [string, SessionCache["put"]]>([
    ["answers at once", () => {}],
    ["answers later", async () => {}],
    ["rejects", () => Promise.reject(new Error("full"))],
    [
      "throws",
      () => {
        throw new Error("full");
      },
    ],
  ])("all go to a cache that %s", async (_, answer) => {
    const put: Session[] = [];
    const tickets = ticketsInto((partition, session) => {
      put.push(session);
      return answer(partition, session);
    });
    tickets.opened(handshake);
    for (let i = 0; i < 30; i++) {
      tickets.received(ticketOf(i));
      await later();
    }
    expect(put.map(({ ticket }) => ticket[0])).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  test("are as old as they are where they came before our Finished [4.7.1/8]", () => {
    let time = noon;
    const put: Session[] = [];
    const tickets = ticketsInto(
      (_, session) => void put.push(session),
      () => time,
    );
    for (let i = 0; i < 9; i++) tickets.received(ticketOf(i));
    expect(put).toEqual([]);
    time += 5000;
    tickets.opened(handshake);
    tickets.received(ticketOf(9));
    expect(put.map(({ ticket, receivedAt }) => [ticket[0], receivedAt - noon])).toEqual([
      ...Array.from({ length: 8 }, (_, i) => [i, 0]),
      [9, 5000],
    ]);
  });
});

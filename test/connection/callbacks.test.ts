import { describe, expect, test } from "vitest";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { concat, fromAscii, toHex } from "../../src/wire/bytes.ts";
import { syncProvider } from "../record/keys.ts";
import { recordsOf } from "../replay/traces.ts";
import type { Wishes } from "./observer.ts";
import { type Replayed, replayOpened, replayStarted } from "./replayed.ts";

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const both: readonly (readonly [string, CryptoProvider])[] = [
  ["node", syncProvider],
  ["web", webProvider],
];

/** A whole connection, from the server's first byte to the end; answers once it is closed. */
async function wholeConnection(wishes: Partial<Wishes> & Pick<Wishes, "provider">): Promise<Replayed> {
  const replayed = await replayStarted(wishes);
  const { transport, trace, observer, connection, server } = replayed;
  observer.onTold = (told) => {
    if (told !== "opened") return;
    connection.write(fromAscii("data"), () => {});
    connection.updateKeys();
    connection.end();
  };
  transport.deliver(trace.bytes("recordServerHello"));
  transport.deliver(
    concat(
      trace.bytes("recordServerHandshakeMessages"),
      server.record(22, trace.bytes("newSessionTicket")),
      server.record(23, fromAscii("data")),
      server.record(21, Uint8Array.of(1, 0)),
    ),
  );
  await observer.closing;
  return replayed;
}

describe.each(both)("%s provider", (_, provider) => {
  test("a trace that throws ends the connection with one error, whichever event it was [internal_error]", async () => {
    const cause = new Error("a bug of the application's");
    const { observer } = await wholeConnection({ provider });
    const events = observer.trace.length;
    expect(events).toBeGreaterThan(15);
    // The first event was the hello, before which the replay has nothing to wait for.
    for (let nth = 1; nth < events; nth++) {
      let seen = 0;
      const replayed = await wholeConnection({
        provider,
        trace: () => {
          if (seen++ === nth) throw cause;
        },
      });
      const { told, error } = replayed.observer;
      expect(told.filter((one) => one === "closed")).toHaveLength(1);
      // An alert that is sent or a failure that is told of are the end already: nobody is left to be told of the throw.
      if (error !== undefined) {
        expect(error).toMatchObject({ code: "internal_error", cause });
        expect(told.slice(-2)).toEqual(["failed", "closed"]);
      }
      expect(seen).toBeGreaterThan(nth);
    }
  });

  test("a padding policy that throws ends the connection with one error, whenever it does [internal_error]", async () => {
    const cause = new Error("a bug of the application's");
    for (let nth = 0; nth < 4; nth++) {
      let asked = 0;
      const { observer } = await wholeConnection({
        provider,
        padding: () => {
          if (asked++ >= nth) throw cause;
          return 0;
        },
      });
      expect(observer.error).toMatchObject({ code: "internal_error", cause });
      expect(observer.told.slice(-2)).toEqual(["failed", "closed"]);
    }
  });

  test("what is asked for before it is open happens once it is", async () => {
    const replayed = await replayStarted({ provider });
    const { transport, trace, observer, connection, client, before } = replayed;
    let sealed = 0;
    connection.write(fromAscii("one "), () => sealed++);
    connection.write(new Uint8Array(0), () => sealed++);
    expect(sealed).toBe(1);
    connection.write(fromAscii("two"), () => sealed++);
    connection.end();
    transport.deliver(trace.bytes("recordServerHello"));
    transport.deliver(trace.bytes("recordServerHandshakeMessages"));
    await observer.opening;
    await transport.until(() => transport.calls.includes("end"));
    expect(sealed).toBe(3);
    const sent = recordsOf(transport.written.slice(before)).map((record) => client.open(record));
    expect(sent.map(({ type, content }) => `${type} ${toHex(content)}`)).toEqual([
      `23 ${toHex(fromAscii("one two"))}`,
      "21 0100",
    ]);
  });

  test("close() does not wait for a transport that takes nothing", async () => {
    const replayed = await replayOpened({ provider });
    const { transport, observer, connection } = replayed;
    transport.prompt = false;
    let sealed = 0;
    for (let i = 0; i < 64; i++) connection.write(new Uint8Array(2 ** 14), () => sealed++);
    for (let i = 0; i < 20; i++) await tick();
    expect(sealed).toBeLessThan(64);
    connection.close();
    await observer.closing;
    expect(observer.told).toEqual(["opened", "closed"]);
    expect(transport.calls.at(-1)).toBe("close");
    transport.release();
    await tick();
    expect(sealed).toBeLessThan(64);
  });
});

import { describe, expect, test, vi } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { type Bytes, concat, fromAscii, toHex } from "../../src/wire/bytes.ts";
import { asyncProvider, plainRecord, syncProvider, type Wait } from "../record/keys.ts";
import { recordsOf } from "../replay/traces.ts";
import { connectOver } from "./observer.ts";
import { type Replayed, replayOpened, replayStarted } from "./replayed.ts";
import { ScriptedTransport, type TransportCall } from "./scriptedTransport.ts";

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const isLast = (call: TransportCall): boolean => call === "close" || call === "abort";
const closeNotify = Uint8Array.of(1, 0);

/** Ciphers that answer when they are let, one at a time and in order. */
class Gate {
  readonly provider: CryptoProvider = asyncProvider(
    (work) => this.#wait(work),
    async (work) => work(),
  );
  #open = true;
  #waiting: (() => void)[] = [];

  #wait: Wait = async (work) => {
    if (!this.#open) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return work();
  };

  close(): void {
    this.#open = false;
  }

  open(): void {
    this.#open = true;
    for (const go of this.#waiting.splice(0)) go();
  }
}

/** What the client sent since it was open, opened. */
function sentBy({ transport, client, before }: Replayed): { type: number; content: string }[] {
  return recordsOf(transport.written.slice(before)).map((record) => {
    const { type, content } = client.open(record);
    return { type, content: content.length > 100 ? `${content.length} bytes` : toHex(content) };
  });
}

const both: readonly (readonly [string, CryptoProvider])[] = [
  ["node", syncProvider],
  ["web", webProvider],
];

describe.each(both)("%s provider", (_, provider) => {
  test("a transport that breaks gives one error, wherever it breaks [transport_failed]", async () => {
    for (let at = 0; at <= 6; at++) {
      for (const how of ["failed", "ended"] as const) {
        const replayed = await replayStarted({ provider });
        const { transport, trace, observer, connection, server } = replayed;
        const steps: readonly (() => void)[] = [
          () => transport.deliver(trace.bytes("recordServerHello").subarray(0, 30)),
          () => transport.deliver(trace.bytes("recordServerHello").subarray(30)),
          () => transport.deliver(trace.bytes("recordServerHandshakeMessages").subarray(0, 400)),
          () => transport.deliver(trace.bytes("recordServerHandshakeMessages").subarray(400)),
          () => connection.write(fromAscii("data"), () => {}),
          () => transport.deliver(server.record(23, fromAscii("data"))),
        ];
        for (const step of steps.slice(0, at)) {
          step();
          await tick();
        }
        if (at >= 4) await observer.opening;
        const cause = new Error("reset");
        if (how === "failed") transport.break(cause);
        else transport.deliverEnd();
        await observer.closing;
        expect(observer.told.filter((told) => told === "failed" || told === "closed")).toEqual([
          "failed",
          "closed",
        ]);
        expect(observer.told).not.toContain("ended");
        expect(observer.error).toMatchObject(
          how === "failed" ? { code: "transport_failed", cause, alert: undefined } : { code: "truncated" },
        );
        // Whatever comes later changes nothing.
        transport.break(new Error("again"));
        transport.deliverEnd();
        connection.end();
        connection.fail(new Error("late"));
        await transport.until(() => transport.calls.some(isLast));
        expect(observer.told.filter((told) => told === "failed")).toHaveLength(1);
        expect(transport.calls.filter(isLast)).toHaveLength(1);
      }
    }
  });

  test("a write that throws gives one error, wherever it throws [transport_failed]", async () => {
    for (const nth of [2, 3, 4]) {
      const replayed = await replayStarted({ provider });
      const { transport, trace, observer, connection } = replayed;
      const cause = new Error("no more");
      let writes = 1;
      transport.onWrite = () => {
        if (++writes >= nth) throw cause;
      };
      transport.deliver(trace.bytes("recordServerHello"));
      transport.deliver(trace.bytes("recordServerHandshakeMessages"));
      await Promise.race([observer.opening.catch(() => {}), observer.closing]);
      while (observer.error === undefined) {
        connection.write(fromAscii("data"), () => {});
        await tick();
      }
      await observer.closing;
      expect(observer.error).toMatchObject({ code: "transport_failed", cause });
      expect(transport.calls.filter(isLast)).toHaveLength(1);
    }
  });

  test("what arrived before the transport broke is delivered first, the alert that explains it above all", async () => {
    const { transport, observer, server } = await replayOpened({ provider });
    transport.deliver(
      concat(server.record(23, fromAscii("last words")), server.record(21, Uint8Array.of(2, 80))),
    );
    transport.break(new Error("EPIPE"));
    await observer.closing;
    expect(toHex(observer.content)).toBe(toHex(fromAscii("last words")));
    expect(observer.error).toMatchObject({ code: "alert_received", alert: { name: "internal_error" } });
  });

  test("a transport that breaks after the server's close_notify ends what we still send", async () => {
    const { transport, observer, server, connection } = await replayOpened({ provider });
    const cause = new Error("reset");
    // In one go: with asynchronous ciphers the break comes while the record is being opened.
    transport.deliver(server.record(21, closeNotify));
    transport.break(cause);
    await observer.closing;
    expect(observer.told).toEqual(["opened", "ended", "failed", "closed"]);
    expect(observer.error).toMatchObject({ code: "transport_failed", cause });
    connection.end();
  });

  test("and so does one that first ends, which is said while the record is still being opened", async () => {
    const { transport, observer, server, connection } = await replayOpened({ provider });
    transport.deliver(server.record(21, closeNotify));
    transport.deliverEnd();
    transport.break(new Error("reset"));
    await observer.closing;
    expect(observer.told).toEqual(["opened", "ended", "failed", "closed"]);
    expect(observer.error).toMatchObject({ code: "transport_failed" });
    connection.end();
  });

  test("change_cipher_spec before our hello is like any unexpected record [5/4]", async () => {
    const transport = new ScriptedTransport();
    const { observer } = connectOver(transport, {
      provider,
      verifier: believer,
      with: { hello: () => new Promise(() => {}) },
    });
    transport.deliver(plainRecord(20, Uint8Array.of(1)));
    await observer.closing;
    expect(observer.error).toMatchObject({ code: "unexpected_change_cipher_spec" });
  });
});

test("what was written before end() leaves before the transport is closed, however slowly it is sealed [6.1/6]", async () => {
  const gate = new Gate();
  const replayed = await replayOpened({ provider: gate.provider });
  const { transport, observer, server, connection } = replayed;
  transport.deliver(server.record(21, closeNotify));
  await observer.ending;
  gate.close();
  connection.write(fromAscii("important"), () => {});
  connection.end();
  await tick();
  expect(observer.told).not.toContain("closed");
  gate.open();
  await observer.closing;
  expect(sentBy(replayed)).toEqual([
    { type: 23, content: toHex(fromAscii("important")) },
    { type: 21, content: "0100" },
  ]);
  expect(transport.calls.slice(-2)).toEqual(["end", "close"]);
});

test("the server's close_notify does not overtake what we are still sealing", async () => {
  const gate = new Gate();
  const replayed = await replayOpened({ provider: gate.provider });
  const { transport, observer, server, connection } = replayed;
  const sealed = server.record(21, closeNotify);
  gate.close();
  connection.write(fromAscii("important"), () => {});
  connection.end();
  transport.deliver(sealed);
  gate.open();
  await observer.closing;
  expect(sentBy(replayed).map(({ type }) => type)).toEqual([23, 21]);
});

test("close() right after end() lets what was written leave", async () => {
  const gate = new Gate();
  const replayed = await replayOpened({ provider: gate.provider });
  const { observer, connection } = replayed;
  gate.close();
  connection.write(fromAscii("important"), () => {});
  connection.end();
  connection.close();
  await tick();
  gate.open();
  await observer.closing;
  expect(observer.told).toEqual(["opened", "closed"]);
  expect(sentBy(replayed).map(({ type }) => type)).toEqual([23, 21]);
});

test("nothing is sent after an error alert came, not even what was being sealed [6/3, 6.2/2]", async () => {
  const gate = new Gate();
  const replayed = await replayOpened({ provider: gate.provider });
  const { transport, observer, server, connection } = replayed;
  const alert = server.record(21, Uint8Array.of(2, 40));
  gate.close();
  connection.write(fromAscii("too late"), () => {});
  transport.deliver(alert);
  gate.open();
  await observer.closing;
  const { length } = transport.written;
  connection.write(fromAscii("later still"), () => {});
  connection.end();
  await tick();
  expect(transport.written).toHaveLength(length);
  expect(transport.calls.filter(isLast)).toHaveLength(1);
});

test("nothing is sent after an error alert came: what was sealed but had not left [6/3]", async () => {
  const replayed = await replayOpened({ provider: syncProvider });
  const { transport, observer, server, connection, before } = replayed;
  connection.write(fromAscii("too late"), () => {});
  transport.deliver(server.record(21, Uint8Array.of(2, 40)));
  await observer.closing;
  await tick();
  expect(transport.written).toHaveLength(before);
});

test("a record that can't be sealed ends the connection with one error [internal_error]", async () => {
  const cause = new Error("the HSM is gone");
  let broken = false;
  const provider = asyncProvider(
    async (work) => {
      if (broken) throw cause;
      return work();
    },
    async (work) => work(),
  );
  for (const what of ["write", "end"] as const) {
    broken = false;
    const { transport, observer, connection, before } = await replayOpened({ provider });
    broken = true;
    if (what === "write") connection.write(fromAscii("data"), () => {});
    else connection.end();
    await observer.closing;
    await tick();
    expect(observer.told).toEqual(["opened", "failed", "closed"]);
    expect(observer.error).toMatchObject({ code: "internal_error" });
    expect(transport.written).toHaveLength(before);
    expect(transport.calls.filter(isLast)).toHaveLength(1);
  }
});

test("a key that can't be imported ends the connection with one error [internal_error]", async () => {
  const cause = new Error("no such key");
  for (const nth of [1, 2, 3, 4]) {
    let imports = 0;
    const provider = asyncProvider(undefined, async (work) => {
      if (++imports === nth) throw cause;
      return work();
    });
    const { transport, trace, observer } = await replayStarted({ provider });
    transport.deliver(trace.bytes("recordServerHello"));
    transport.deliver(trace.bytes("recordServerHandshakeMessages"));
    await observer.closing;
    await tick();
    expect(observer.told.filter((told) => told === "failed")).toHaveLength(1);
    expect(observer.error).toMatchObject({ code: "internal_error" });
  }
});

describe("what waits is bounded", () => {
  const mebibyte = 2 ** 20;

  /** Delivers data records for as long as the transport is not paused; answers how much that was. */
  async function flood({ transport, server }: Replayed, most = 8 * mebibyte): Promise<number> {
    const content = new Uint8Array(2 ** 14);
    let sent = 0;
    while (!transport.paused && sent < most) {
      transport.deliver(concat(...Array.from({ length: 4 }, () => server.record(23, content))));
      sent += 4 * content.length;
      await Promise.resolve();
    }
    return sent;
  }

  test("while a verifier works, even behind the server's Finished", async () => {
    let answer: (() => void) | undefined;
    const replayed = await replayStarted({
      provider: syncProvider,
      verifier: async (presented) => {
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return believer(presented);
      },
    });
    const { transport, trace, observer } = replayed;
    transport.deliver(trace.bytes("recordServerHello"));
    await tick();
    transport.deliver(trace.bytes("recordServerHandshakeMessages"));
    await vi.waitUntil(() => answer !== undefined);
    const sent = await flood(replayed);
    expect(sent).toBeGreaterThan(256 * 1024);
    expect(sent).toBeLessThan(mebibyte);
    answer?.();
    await observer.until(() => observer.told.includes("opened"));
    await observer.until(() => observer.content.length === sent);
    await transport.until(() => !transport.paused);
    // And it goes on.
    await flood(replayed, 2 * mebibyte);
    expect(observer.content).toHaveLength(sent + 2 * mebibyte);
  });

  test("while records are opened slowly", async () => {
    const gate = new Gate();
    const replayed = await replayOpened({ provider: gate.provider });
    const { transport, observer } = replayed;
    gate.close();
    const sent = await flood(replayed);
    expect(sent).toBeGreaterThan(256 * 1024);
    expect(sent).toBeLessThan(mebibyte);
    gate.open();
    await transport.until(() => !transport.paused);
    await observer.until(() => observer.content.length === sent);
  });

  test("while the application takes nothing", async () => {
    for (const provider of [syncProvider, webProvider]) {
      const replayed = await replayOpened({ provider });
      const { transport, observer, connection } = replayed;
      observer.onTold = (told) => {
        if (told === "data") connection.pause();
      };
      const sent = await flood(replayed);
      await observer.until(() => observer.content.length > 0);
      expect(transport.paused).toBe(true);
      expect(sent).toBeLessThan(mebibyte);
      connection.pause();
      connection.resume();
      expect(transport.paused).toBe(false);
      connection.resume();
      observer.onTold = undefined;
      await observer.until(() => observer.content.length === sent);
    }
  });

  test("the server's close_notify is heard by an application that paused, and what follows is not waited for", async () => {
    const { transport, observer, connection, server } = await replayOpened({ provider: syncProvider });
    connection.pause();
    transport.deliver(server.record(21, closeNotify));
    await observer.ending;
    expect(transport.paused).toBe(false);
  });

  test("while the transport takes nothing", async () => {
    for (const provider of [syncProvider, webProvider]) {
      const { transport, connection, observer } = await replayOpened({ provider });
      transport.prompt = false;
      let sealed = 0;
      const size = 2 ** 14;
      for (let i = 0; i < 64; i++) connection.write(new Uint8Array(size), () => sealed++);
      for (let i = 0; i < 20; i++) await tick();
      expect(sealed).toBeGreaterThan(3);
      expect(sealed * size).toBeLessThan(mebibyte / 2);
      while (sealed < 64) {
        transport.release();
        await tick();
      }
      expect(observer.error).toBeUndefined();
    }
  });
});

test("bytes that were handed on stay as they were, and bytes that were sealed may change", async () => {
  for (const provider of [syncProvider, webProvider]) {
    const replayed = await replayOpened({ provider });
    const { transport, observer, connection, server } = replayed;
    const mine: Bytes = fromAscii("from the client");
    connection.write(mine, () => mine.fill(0));
    transport.deliver(
      concat(server.record(23, fromAscii("from ")), server.record(23, fromAscii("the server"))),
    );
    await observer.until(() => observer.content.length === 15);
    await transport.until(() => transport.written.length > replayed.before);
    expect(sentBy(replayed)).toEqual([{ type: 23, content: toHex(fromAscii("from the client")) }]);
  }
});

test("a face that ends the connection while it is told of it hears no more", async () => {
  for (const provider of [syncProvider, webProvider]) {
    for (const how of ["close", "fail"] as const) {
      for (const when of ["opened", "data"] as const) {
        const replayed = await replayStarted({ provider });
        const { transport, trace, observer, connection, server } = replayed;
        observer.onTold = (told) => {
          if (told !== when) return;
          if (how === "close") connection.close();
          else connection.fail(new Error("enough"));
        };
        transport.deliver(trace.bytes("recordServerHello"));
        transport.deliver(
          concat(
            trace.bytes("recordServerHandshakeMessages"),
            server.record(23, fromAscii("one")),
            server.record(23, fromAscii("two")),
            server.record(21, closeNotify),
          ),
        );
        await observer.closing;
        await transport.until(() => transport.calls.some(isLast));
        expect(observer.told).toEqual([
          "opened",
          ...(when === "data" ? ["data"] : []),
          ...(how === "fail" ? ["failed"] : []),
          "closed",
        ]);
      }
    }
  }
});

test("an exception out of a callback of the face ends the connection with internal_error [internal_error]", async () => {
  const cause = new Error("bug of the application's");
  for (const when of ["opened", "data"] as const) {
    const { transport, trace, observer, server } = await replayStarted({ provider: syncProvider });
    observer.onTold = (told) => {
      if (told === when) throw cause;
    };
    transport.deliver(trace.bytes("recordServerHello"));
    transport.deliver(trace.bytes("recordServerHandshakeMessages"));
    await observer.until(() => observer.told.length > 0);
    transport.deliver(server.record(23, fromAscii("one")));
    await observer.closing;
    expect(observer.error).toMatchObject({
      code: "internal_error",
      cause,
      alert: { name: "internal_error", direction: "sent" },
    });
  }
});

test("keying material is exported while the connection is open, and forgotten with it [6/5]", async () => {
  for (const provider of [syncProvider, webProvider]) {
    const started = await replayStarted({ provider });
    expect(() => started.connection.exportKeyingMaterial("EXPORTER-test", undefined, 16)).toThrow(
      expect.objectContaining({ code: "closed" }),
    );
    const { connection, observer } = await replayOpened({ provider });
    const exported = connection.exportKeyingMaterial("EXPORTER-test", undefined, 16);
    expect(exported).toEqual(connection.exportKeyingMaterial("EXPORTER-test", new Uint8Array(0), 16));
    connection.fail(new Error("enough"));
    expect(observer.handshake?.exporter.secret.every((byte) => byte === 0)).toBe(true);
    expect(observer.handshake?.resumptionSecret.every((byte) => byte === 0)).toBe(true);
    expect(() => connection.exportKeyingMaterial("EXPORTER-test", undefined, 16)).toThrow(
      expect.objectContaining({ code: "internal_error" }),
    );
  }
});

import { describe, expect, test } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import { defaultProvider as provider } from "../../src/crypto/provider/node.ts";
import { connectOver } from "./observer.ts";
import { replayOpened } from "./replayed.ts";
import { ScriptedTransport } from "./scriptedTransport.ts";

const cause = new Error("it broke in my hands");
const breaks = (): never => {
  throw cause;
};

describe("a transport that throws has failed", () => {
  test("when it is started: no sooner than its connection is there", async () => {
    const transport = new ScriptedTransport();
    transport.start = breaks;
    const { connection, observer } = connectOver(transport, { provider, verifier: believer });
    expect(connection.error).toBeUndefined();
    await observer.closing;
    expect(observer.error).toMatchObject({ code: "transport_failed", cause });
    expect(observer.told).toEqual(["failed", "closed"]);
    expect(transport.calls).toEqual(["abort"]);
  });

  test.each(["pause", "resume"] as const)("when the application asks for a %s", async (call) => {
    const { connection, observer, transport } = await replayOpened({ provider });
    transport[call] = breaks;
    connection.pause();
    connection.resume();
    await observer.closing;
    expect(observer.error).toMatchObject({ code: "transport_failed", cause });
    expect(observer.told).toEqual(["opened", "failed", "closed"]);
  });

  test("when it is ended", async () => {
    const { connection, observer, transport } = await replayOpened({ provider });
    transport.end = breaks;
    connection.end();
    await observer.closing;
    expect(observer.error).toMatchObject({ code: "transport_failed", cause });
  });

  test("when it goes on behind a close_notify: the end is told to nobody twice", async () => {
    const { connection, observer, transport, server } = await replayOpened({ provider });
    connection.pause();
    transport.resume = breaks;
    transport.deliver(server.record(21, new Uint8Array([1, 0])));
    await observer.closing;
    expect(observer.error).toMatchObject({ code: "transport_failed", cause });
    expect(observer.told).toEqual(["opened", "failed", "closed"]);
  });

  test("and once all is said, how it is closed is its own affair", async () => {
    const { connection, observer, transport, server } = await replayOpened({ provider });
    transport.close = breaks;
    transport.deliver(server.record(21, new Uint8Array([1, 0])));
    connection.end();
    await observer.closing;
    expect(observer.error).toBeUndefined();
    expect(observer.told).toEqual(["opened", "ended", "closed"]);
  });

  test("an abort that fails takes no error's place", async () => {
    const { observer, transport } = await replayOpened({ provider });
    transport.abort = breaks;
    transport.break(new Error("reset"));
    await observer.closing;
    expect(observer.error).toMatchObject({
      code: "transport_failed",
      message: expect.stringMatching(/reset/),
    });
    expect(observer.told).toEqual(["opened", "failed", "closed"]);
  });
});

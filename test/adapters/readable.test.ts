// The readable of a connection as a byte stream, the prefix, and `using`: over a MemoryTransport with the lab behind it.

import { describe, expect, test, vi } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import { MemoryTransport } from "../../lab/memoryTransport.ts";
import { RecordWire } from "../../lab/recordWire.ts";
import { alert, data, end } from "../../lab/script.ts";
import { LabServer } from "../../lab/server.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { type ConnectOptions, connect, type TlsConnection, type Transport } from "../../src/index.ts";
import { fromAscii } from "../../src/wire/bytes.ts";
import { serverName } from "../cases/meeting.ts";
import { harnessWith } from "../handshake/harness.ts";

async function meet(
  options: Partial<ConnectOptions> = {},
): Promise<{ readonly tls: TlsConnection; readonly lab: LabServer; readonly near: MemoryTransport }> {
  const [near, far] = MemoryTransport.pair();
  const lab = new LabServer(new RecordWire(defaultProvider, far), {
    provider: defaultProvider,
    credentials: await harnessWith(defaultProvider).credentials("P-256"),
  });
  return { tls: connect(near, { serverName, trust: believer, ...options }), lab, near };
}

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe("readers with their own memory", () => {
  test("get it filled, and the rest with the next one", async () => {
    const { tls, lab } = await meet();
    await tls.opened;
    await lab.outcome;
    const reader = tls.readable.getReader({ mode: "byob" });
    const waiting = reader.read(new Uint8Array(new ArrayBuffer(8), 2, 6));
    await lab.perform(data(fromAscii("hello world")));
    const first = await waiting;
    expect(text(first.value)).toBe("hello ");
    expect(first.value?.byteOffset).toBe(2);
    expect(text((await reader.read(new Uint8Array(10))).value)).toBe("world");
    await lab.perform(alert("close_notify"), end);
    expect((await reader.read(new Uint8Array(10))).done).toBe(true);
    tls.close();
  });

  test("are told of the end, and of an error, where they wait", async () => {
    for (const how of ["ended", "failed"] as const) {
      const { tls, lab } = await meet();
      await tls.opened;
      await lab.outcome;
      const waiting = tls.readable.getReader({ mode: "byob" }).read(new Uint8Array(10));
      if (how === "ended") {
        await lab.perform(alert("close_notify"));
        expect(await waiting).toMatchObject({ done: true, value: new Uint8Array(0) });
        tls.close();
      } else {
        const refused = expect(waiting).rejects.toMatchObject({ code: "alert_received" });
        await lab.perform(alert("internal_error"));
        await refused;
      }
    }
  });

  test("an end amid an element of an array of larger ones is an error of the reader's, and closes in peace", async () => {
    const { tls, lab } = await meet();
    await tls.opened;
    await lab.outcome;
    const reader = tls.readable.getReader({ mode: "byob" });
    const waiting = expect(reader.read(new Uint16Array(4))).rejects.toBeInstanceOf(TypeError);
    await lab.perform(data(fromAscii("x")), alert("close_notify"));
    await waiting;
    await tls.writable.close();
    await tls.closed;
  });
});

test("where the runtime has no byte streams, a plain one", async () => {
  const Plain = new Proxy(ReadableStream, {
    construct: (target, [source, strategy]) => {
      if ("type" in source) throw new TypeError("type: no such thing");
      return new target(source, strategy);
    },
  });
  vi.stubGlobal("ReadableStream", Plain);
  try {
    const { tls, lab } = await meet();
    await tls.opened;
    await lab.outcome;
    expect(() => tls.readable.getReader({ mode: "byob" })).toThrow(TypeError);
    const reader = tls.readable.getReader();
    await lab.perform(data(fromAscii("plain")), alert("close_notify"), end);
    expect(text((await reader.read()).value)).toBe("plain");
    expect((await reader.read()).done).toBe(true);
    tls.close();
    await tls.closed;
  } finally {
    vi.unstubAllGlobals();
  }
});

describe("prefix", () => {
  test("is the caller's: it is read once, and not changed", async () => {
    const prefix = fromAscii("220 smtp.example ESMTP\r\n");
    const { tls } = await meet({ prefix });
    await expect(tls.opened).rejects.toMatchObject({ code: "unexpected_record_type" });
    expect(text(prefix)).toBe("220 smtp.example ESMTP\r\n");
  });

  test("comes before an end and before a fault", async () => {
    for (const how of ["ended", "failed"] as const) {
      const transport: Transport = {
        start: (receiver) => (how === "ended" ? receiver.ended() : receiver.failed(new Error("broken"))),
        write: () => {},
        pause: () => {},
        resume: () => {},
        end: () => {},
        close: () => {},
        abort: () => {},
      };
      // A fatal handshake_failure.
      const prefix = Uint8Array.of(21, 3, 3, 0, 2, 2, 40);
      const tls = connect(transport, { serverName, trust: believer, prefix });
      await expect(tls.closed).rejects.toMatchObject({ code: "alert_received" });
    }
  });
});

describe("using", () => {
  test("closes at once, and the server hears close_notify", async () => {
    const { tls, lab } = await meet();
    await tls.opened;
    await lab.outcome;
    {
      using connection = tls;
      expect(connection.readable).toBeDefined();
    }
    await tls.closed;
    await lab.done;
    expect(lab.seen.alerts.map(({ name }) => name)).toEqual(["close_notify"]);
  });

  test("await using waits for the end", async () => {
    const { tls, near } = await meet();
    {
      await using connection = tls;
      await connection.opened;
    }
    expect(near.endings).toContain("close");
    await tls.closed;
  });

  test("await using before it is open is no error of the block's, nor is a failure that was told elsewhere", async () => {
    const early = await meet();
    {
      await using connection = early.tls;
      expect(connection).toBeDefined();
    }
    await expect(early.tls.opened).rejects.toMatchObject({ code: "aborted" });

    const failed = await meet();
    await failed.tls.opened;
    await failed.lab.outcome;
    await failed.lab.perform(alert("internal_error"));
    const thrown = (async () => {
      await using connection = failed.tls;
      await connection.closed;
    })();
    // And not a SuppressedError round it.
    await expect(thrown).rejects.toMatchObject({ code: "alert_received" });
  });
});

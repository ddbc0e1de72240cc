import { describe, expect, test } from "vitest";
import { type CipherSuiteName, cipherSuite, cipherSuites } from "../../src/crypto/cipherSuites.ts";
import type { Aead, CryptoProvider } from "../../src/crypto/provider.ts";
import { openEpoch } from "../../src/record/epoch.ts";
import { type Bytes, concat, copyOf, fromHex } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import { misdeeds, type PeerErrorCode } from "../../src/wire/misdeeds.ts";
import { Collector } from "./collector.ts";
import {
  asyncProvider,
  epochOf,
  kinds,
  plainRecord,
  Sealer,
  secretOf,
  soon,
  syncProvider,
  type Wait,
} from "./keys.ts";

const data = (text: string): Bytes => copyOf(new TextEncoder().encode(text));
const ccs = plainRecord(20, Uint8Array.of(1));
const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

interface Misdeed {
  readonly what: string;
  readonly code: PeerErrorCode;
  readonly ids: string;
  /** Under which keys; none where undefined. */
  readonly epoch: "handshake" | "application" | undefined;
  readonly records: (sealer: Sealer) => readonly Bytes[];
}

const cut = (record: Bytes, length: number): Bytes =>
  concat(record.subarray(0, 3), Uint8Array.of(length >> 8, length & 0xff), record.subarray(5, 5 + length));

const protectedMisdeeds: readonly Misdeed[] = [
  ...[0, 1, 15, 16, 17].map(
    (length): Misdeed => ({
      what: `a protected record cut to ${length} bytes`,
      code: "bad_record_mac",
      ids: "5.2/3",
      epoch: "application",
      records: (sealer) => [cut(sealer.record(23, data("a longer text")), length)],
    }),
  ),
  {
    what: "a record sealed with other keys",
    code: "bad_record_mac",
    ids: "5.2/3",
    epoch: "application",
    records: () => [new Sealer(secretOf(9)).record(23, data("text"))],
  },
  {
    what: "a record that stands twice",
    code: "bad_record_mac",
    ids: "5.2/3",
    epoch: "application",
    records: (sealer) => {
      const record = sealer.record(23, data("once"));
      return [record, record];
    },
  },
  {
    what: "a record that was left out",
    code: "bad_record_mac",
    ids: "5.2/3",
    epoch: "application",
    records: (sealer) => {
      sealer.record(23, data("lost"));
      return [sealer.record(23, data("found"))];
    },
  },
  {
    what: "2^14 + 1 bytes of content inside a protected record",
    code: "plaintext_overflow",
    ids: "5.1/17",
    epoch: "application",
    records: (sealer) => [sealer.record(23, new Uint8Array(2 ** 14 + 1))],
  },
  {
    what: "2^14 + 2 bytes of content, type and padding",
    code: "plaintext_overflow",
    ids: "5.1/17",
    epoch: "application",
    records: (sealer) => [sealer.record(23, data("x"), 2 ** 14)],
  },
  {
    what: "a protected record of 2^14 + 257 bytes",
    code: "ciphertext_overflow",
    ids: "5.2/2",
    epoch: "application",
    records: (sealer) => [sealer.record(23, new Uint8Array(2 ** 14), 240)],
  },
  ...[0, 1, 100].map(
    (length): Misdeed => ({
      what: `a protected record of ${length} zeros`,
      code: "no_content_type",
      ids: "5.4/6, 5.4/7",
      epoch: "application",
      records: (sealer) => [sealer.inner(new Uint8Array(length))],
    }),
  ),
  ...[0, 5].flatMap((padding): Misdeed[] => [
    {
      what: `an empty handshake record with ${padding} bytes of padding`,
      code: "empty_handshake_record",
      ids: "5.4/4",
      epoch: "handshake",
      records: (sealer) => [sealer.record(22, new Uint8Array(0), padding)],
    },
    {
      what: `an empty alert record with ${padding} bytes of padding`,
      code: "empty_alert_record",
      ids: "5.4/5",
      epoch: "application",
      records: (sealer) => [sealer.record(21, new Uint8Array(0), padding)],
    },
  ]),
  ...[1, 19, 24, 255].map(
    (type): Misdeed => ({
      what: `type ${type} inside a protected record`,
      code: "unexpected_record_type",
      ids: "5/7",
      epoch: "application",
      records: (sealer) => [sealer.record(type, data("x"))],
    }),
  ),
  {
    what: "an empty record of an unknown type",
    code: "unexpected_record_type",
    ids: "5/7",
    epoch: "application",
    records: (sealer) => [sealer.record(99, new Uint8Array(0))],
  },
  ...(["handshake", "application"] as const).map(
    (epoch): Misdeed => ({
      what: `change_cipher_spec inside a protected record of the ${epoch} keys`,
      code: "unexpected_record_type",
      ids: "5/3",
      epoch,
      records: (sealer) => [sealer.record(20, Uint8Array.of(1))],
    }),
  ),
  ...[21, 22].flatMap((type) =>
    (["handshake", "application"] as const).map(
      (epoch): Misdeed => ({
        what: `an unprotected record of type ${type} under ${epoch} keys`,
        code: "unexpected_record_type",
        ids: "5/7",
        epoch,
        records: (sealer) => [sealer.record(23, data("x")), plainRecord(type, Uint8Array.of(2, 40))],
      }),
    ),
  ),
  {
    what: "more than 32 empty records in a row",
    code: "too_many_empty_records",
    ids: "too_many_empty_records",
    epoch: "application",
    records: (sealer) => times(33, () => sealer.record(23, new Uint8Array(0))),
  },
  {
    what: "2^14 + 1 bytes of application_data before there are keys",
    code: "plaintext_overflow",
    ids: "5.1/17",
    epoch: undefined,
    records: () => [plainRecord(23, new Uint8Array(2 ** 14 + 1))],
  },
  {
    what: "change_cipher_spec after the server's Finished",
    code: "unexpected_change_cipher_spec",
    ids: "5/5",
    epoch: "application",
    records: (sealer) => [sealer.record(23, data("x")), ccs],
  },
  {
    what: "a change_cipher_spec of the wrong form after the server's Finished",
    code: "unexpected_change_cipher_spec",
    ids: "5/5",
    epoch: "application",
    records: () => [plainRecord(20, new Uint8Array(0))],
  },
];

const eitherWay = (epoch: "handshake" | undefined): readonly Misdeed[] => {
  const where = epoch === undefined ? "before the keys" : "among the handshake's records";
  return [
    ...["", "00", "02", "0101", "010000"].map(
      (hex): Misdeed => ({
        what: `a change_cipher_spec of ${hex === "" ? "nothing" : hex} ${where}`,
        code: "bad_change_cipher_spec",
        ids: "5/2",
        epoch,
        records: () => [plainRecord(20, fromHex(hex))],
      }),
    ),
    {
      what: `more than 32 change_cipher_spec ${where}`,
      code: "too_many_change_cipher_specs",
      ids: "too_many_change_cipher_specs",
      epoch,
      records: () => times(33, () => ccs),
    },
    {
      what: `a record of an unknown type ${where}`,
      code: "unexpected_record_type",
      ids: "5/7",
      epoch,
      records: () => [ccs, plainRecord(24, Uint8Array.of(1))],
    },
  ];
};

const plainMisdeeds: readonly Misdeed[] = [
  {
    what: "an empty handshake record without protection",
    code: "empty_handshake_record",
    ids: "5.4/4",
    epoch: undefined,
    records: () => [plainRecord(22, new Uint8Array(0))],
  },
  {
    what: "an empty alert record without protection",
    code: "empty_alert_record",
    ids: "5.4/5",
    epoch: undefined,
    records: () => [plainRecord(21, new Uint8Array(0))],
  },
  {
    what: "2^14 + 1 bytes in an unprotected record",
    code: "plaintext_overflow",
    ids: "5.1/17",
    epoch: undefined,
    records: () => [plainRecord(22, new Uint8Array(2 ** 14 + 1))],
  },
];

const misdeedsOfRecords = [
  ...protectedMisdeeds,
  ...eitherWay("handshake"),
  ...eitherWay(undefined),
  ...plainMisdeeds,
];

describe.each(kinds)("%s", (_, provider) => {
  function collector(epoch: "handshake" | "application" | undefined): Collector {
    const collected = new Collector();
    if (epoch !== undefined) collected.reader.install(epochOf(provider(), secretOf(1), epoch));
    return collected;
  }

  test.each(misdeedsOfRecords.map((one) => [one.what, one.ids, one] as const))(
    "refuses %s [%s]",
    async (_what, _ids, { code, epoch, records }) => {
      const bytes = concat(...records(new Sealer(secretOf(1))));
      const arrivals = [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))];
      const logs: (readonly string[])[] = [];
      for (const pieces of arrivals) {
        const collected = collector(epoch);
        logs.push(await collected.read(pieces));
        expect(collected.log.at(-1)).toBe(`failed: ${code}`);
        expect(collected.error).toBeInstanceOf(TlsError);
        expect((collected.error as TlsError).alert).toEqual({
          name: misdeeds[code].alert,
          direction: "sent",
        });
        // A reader that failed reads no more.
        collected.deliver(ccs);
        collected.reader.install(epochOf(provider(), secretOf(2)));
        collected.deliver(new Sealer(secretOf(2)).record(23, data("more")));
      }
      expect(logs[1]).toEqual(logs[0]);
    },
  );

  test("refuses a protected record with any of its bytes changed [5.2/3]", async () => {
    const record = new Sealer(secretOf(1)).record(23, data("some text"), 3);
    for (let at = 1; at < record.length; at++) {
      if (at === 3 || at === 4) continue; // The length: the record is another one.
      for (const flip of [0x01, 0x80]) {
        const changed = copyOf(record);
        changed[at]! ^= flip;
        expect(await collector("application").read([changed])).toEqual(["failed: bad_record_mac"]);
      }
    }
  });

  test("refuses a protected record with another length [5.2/3]", async () => {
    const record = new Sealer(secretOf(1)).record(23, data("some text"), 3);
    for (let length = 0; length < record.length - 5; length++) {
      expect(await collector("application").read([cut(record, length)])).toEqual(["failed: bad_record_mac"]);
    }
    const longer = concat(cut(record, record.length - 5), Uint8Array.of(0));
    longer[4]!++;
    expect(await collector("application").read([longer])).toEqual(["failed: bad_record_mac"]);
  });

  test("takes what is at the limits [5.1/12, 5.4/1]", async () => {
    const sealer = new Sealer(secretOf(1));
    const records = [
      sealer.record(23, new Uint8Array(2 ** 14)),
      sealer.record(23, data("x"), 2 ** 14 - 1),
      sealer.record(22, data("y"), 7),
      ...times(32, () => sealer.record(23, new Uint8Array(0))),
      sealer.record(23, data("z")),
      ...times(32, () => sealer.record(23, new Uint8Array(0), 100)),
      sealer.record(21, Uint8Array.of(1, 0)),
    ];
    const collected = collector("application");
    const log = await collected.read([concat(...records)]);
    expect(collected.error).toBeUndefined();
    expect(log).toHaveLength(records.length);
    expect(log.slice(0, 3)).toEqual([
      "23 application.0/0 16384 bytes",
      "23 application.0/1 78",
      "22 application.0/2 79",
    ]);
    expect(log.at(-1)).toBe(`21 application.0/${records.length - 1} 0100`);
  });

  test("drops 32 change_cipher_spec before the server's Finished, and counts them all [5/1]", async () => {
    const sealer = new Sealer(secretOf(1));
    const collected = new Collector();
    for (const record of times(12, () => ccs)) collected.deliver(record);
    collected.deliver(plainRecord(22, data("hello")));
    collected.reader.install(epochOf(provider(), secretOf(1), "handshake"));
    const log = await collected.read([concat(...times(20, () => ccs), sealer.record(22, data("flight")))]);
    expect(log.filter((line) => !line.startsWith("20 "))).toEqual([
      "22 none.0/0 68656c6c6f",
      "22 handshake.0/0 666c69676874",
    ]);
    expect(log.filter((line) => line.startsWith("20 "))).toHaveLength(32);
    collected.deliver(ccs);
    await collected.until(() => collected.error !== undefined);
    expect(collected.error).toMatchObject({ code: "too_many_change_cipher_specs" });
  });

  test("a change_cipher_spec has no sequence number [5/1, 5.3/1]", async () => {
    const sealer = new Sealer(secretOf(1));
    const log = await collector("handshake").read([
      concat(ccs, sealer.record(22, data("a")), ccs, ccs, sealer.record(22, data("b")), ccs),
    ]);
    expect(log.filter((line) => line.startsWith("22"))).toEqual([
      "22 handshake.0/0 61",
      "22 handshake.0/1 62",
    ]);
  });

  test("disregards the version of unprotected records [5.1/15]", async () => {
    const record = plainRecord(22, data("hello"));
    record.set([0, 99], 1);
    const odd = copyOf(ccs);
    odd.set([7, 7], 1);
    expect(await new Collector().read([concat(record, odd)])).toEqual([
      "22 none.0/0 68656c6c6f",
      "20 none.0/0 01",
    ]);
  });

  test("each key begins with sequence number 0 [5.3/1, 4.7.3/3, 4.7.3/8]", async () => {
    const sealer = new Sealer(secretOf(1));
    const collected = collector("application");
    collected.during = (_, content) => {
      if (content[0] === 0x75) collected.reader.install(epochOf(provider(), secretOf(2), "application", 1));
    };
    const next = new Sealer(secretOf(2));
    const log = await collected.read([
      concat(
        sealer.record(23, data("a")),
        sealer.record(22, data("u")),
        next.record(23, data("b")),
        next.record(23, data("c")),
      ),
    ]);
    expect(log).toEqual([
      "23 application.0/0 61",
      "22 application.0/1 75",
      "23 application.1/0 62",
      "23 application.1/1 63",
    ]);
  });

  test("a record of the next keys before the change is refused [4.7.3/8, 5.2/3]", async () => {
    const next = new Sealer(secretOf(2));
    expect(await collector("application").read([next.record(23, data("b"))])).toEqual([
      "failed: bad_record_mac",
    ]);
  });

  test("opens nothing while it is held, and tells of the end after what came before it", async () => {
    const sealer = new Sealer(secretOf(1));
    const collected = collector("application");
    collected.during = () => collected.reader.hold();
    collected.deliver(concat(sealer.record(23, data("a")), sealer.record(23, data("b"))));
    await collected.until(() => collected.log.length === 1);
    let finished = false;
    collected.reader.finish(() => {
      finished = true;
    });
    expect(collected.reader.buffered).toBe(finished ? 0 : 5 + 18);
    expect(finished).toBe(false);
    collected.during = undefined;
    collected.reader.release();
    await collected.until(() => collected.log.length === 2);
    expect(finished).toBe(true);
  });

  test("a receiver that throws fails the reader with what it threw", async () => {
    const sealer = new Sealer(secretOf(1));
    const collected = collector("application");
    const error = new Error("enough");
    collected.during = () => {
      throw error;
    };
    await collected.read([concat(sealer.record(23, data("a")), sealer.record(23, data("b")))]);
    expect(collected.error).toBe(error);
    expect(collected.log).toHaveLength(2);
  });

  test("what is thrown that is no error becomes one", async () => {
    const collected = collector("application");
    collected.during = () => {
      const thrown: unknown = "a string";
      throw thrown;
    };
    await collected.read([new Sealer(secretOf(1)).record(23, data("a"))]);
    expect(collected.error).toMatchObject({ code: "internal_error", cause: "a string" });
  });

  test("a reader that was stopped delivers nothing more, and lets who waits for the end go", async () => {
    const sealer = new Sealer(secretOf(1));
    const collected = collector("application");
    collected.during = () => collected.reader.stop();
    const log = await collected.read([
      concat(sealer.record(23, data("a")), sealer.record(23, data("b")), ccs),
    ]);
    expect(log).toEqual(["23 application.0/0 61"]);
    expect(collected.finished).toBe(true);
    let told = false;
    collected.reader.finish(() => {
      told = true;
    });
    expect(told).toBe(true);
  });

  test("a reader that was stopped keeps nothing of what had come", async () => {
    const sealer = new Sealer(secretOf(1));
    const collected = collector("application");
    collected.during = () => collected.reader.stop();
    await collected.read([
      concat(sealer.record(23, data("a")), sealer.record(23, data("b")), Uint8Array.of(23)),
    ]);
    expect(collected.reader.buffered).toBe(0);
  });

  test("a reader that was stopped keeps nothing of what comes", () => {
    const collected = collector("application");
    collected.reader.stop();
    collected.deliver(new Sealer(secretOf(1)).record(23, data("a")));
    expect(collected.reader.buffered).toBe(0);
  });

  test.each(["none", ...kinds.map(([name]) => name)])(
    "keys may follow those of another kind, or none: %s, and nothing is delivered within a delivery",
    async (kind) => {
      const before = kinds.find(([name]) => name === kind)?.[1];
      const sealer = new Sealer(secretOf(1));
      const next = new Sealer(secretOf(2));
      const collected = new Collector();
      if (before !== undefined) collected.reader.install(epochOf(before(), secretOf(1), "handshake"));
      collected.during = (_, content) => {
        if (content[0] !== 0x75) return;
        collected.reader.install(epochOf(provider(), secretOf(2), "application", 1));
        collected.log.push("installed");
      };
      const log = await collected.read([
        concat(
          before === undefined ? plainRecord(22, data("u")) : sealer.record(22, data("u")),
          next.record(23, data("b")),
          next.record(23, data("c")),
          Uint8Array.of(7, 3, 3, 0, 1, 0),
        ),
      ]);
      expect(log).toEqual([
        `22 ${before === undefined ? "none" : "handshake"}.0/0 75`,
        "installed",
        "23 application.1/0 62",
        "23 application.1/1 63",
        "failed: unexpected_record_type",
      ]);
    },
  );

  test("keys that are installed while a record is delivered leave its bytes alone", async () => {
    const first = plainRecord(22, new Uint8Array(200).fill(1));
    const collected = new Collector();
    let after: Bytes | undefined;
    collected.during = (type, content) => {
      if (type !== 22) return;
      collected.reader.install(epochOf(provider(), secretOf(1)));
      after = copyOf(content);
    };
    // What follows fits the memory in which the first one was put together, and only from its start.
    const second = new Sealer(secretOf(1)).record(23, new Uint8Array(3950).fill(2));
    await collected.read([first.subarray(0, 100) as Bytes, concat(first.subarray(100), second)]);
    expect(after).toEqual(new Uint8Array(200).fill(1));
    expect(collected.log.at(-1)).toBe("23 application.0/0 3950 bytes");
  });

  test("a reader that is stopped while it is held lets who waits for the end go", () => {
    const { reader } = collector("application");
    reader.hold();
    let told = 0;
    reader.finish(() => told++);
    expect(told).toBe(0);
    reader.stop();
    reader.stop();
    expect(told).toBe(1);
  });

  test("all who wait for the end hear of it, in the order in which they asked", () => {
    const { reader } = collector("application");
    reader.hold();
    const told: string[] = [];
    reader.finish(() => told.push("ended"));
    reader.finish(() => told.push("broke"));
    expect(told).toEqual([]);
    reader.release();
    expect(told).toEqual(["ended", "broke"]);
  });
});

test("what arrives within a delivery in the clear is read after it, by the limit of such records [5.1/17]", async () => {
  const collected = new Collector();
  const more = [plainRecord(22, data("b")), plainRecord(23, new Uint8Array(2 ** 14 + 1))];
  collected.during = () => {
    for (const record of more.splice(0)) collected.deliver(record);
    collected.log.push("delivered");
  };
  expect(await collected.read([plainRecord(22, data("a"))])).toEqual([
    "22 none.0/0 61",
    "delivered",
    "22 none.0/1 62",
    "delivered",
    "failed: plaintext_overflow",
  ]);
});

describe("asynchronous ciphers", () => {
  /** Ciphers that answer once they are let. */
  function waiting(work: Wait = soon, importWait: Wait = soon): [provider: CryptoProvider, go: () => void] {
    let go = (): void => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    return [asyncProvider((one) => gate.then(() => work(one)), importWait), go];
  }

  const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  const broken: Wait = () => Promise.reject(new Error("broken"));

  /** A reader of two records, the cipher at work on them. */
  async function atWork(provider: CryptoProvider): Promise<Collector> {
    const sealer = new Sealer(secretOf(1));
    const collected = new Collector();
    collected.reader.install(epochOf(provider, secretOf(1)));
    collected.deliver(concat(sealer.record(23, data("a")), sealer.record(23, data("b"))));
    await tick();
    return collected;
  }

  test.each([
    ["opens it", soon],
    ["fails", broken],
  ])("nothing is delivered after a stop: the cipher at work on a record %s", async (_, outcome) => {
    const [provider, go] = waiting(outcome);
    const collected = await atWork(provider);
    collected.reader.stop();
    go();
    await tick();
    expect(collected.log).toEqual([]);
  });

  test("nothing is told after a stop: the key could not be imported", async () => {
    let fail = (): void => {};
    const provider = asyncProvider(
      soon,
      () =>
        new Promise((_, reject) => {
          fail = () => reject(new Error("broken"));
        }),
    );
    const collected = new Collector();
    collected.reader.install(epochOf(provider, secretOf(1)));
    collected.deliver(new Sealer(secretOf(1)).record(23, data("a")));
    collected.reader.stop();
    fail();
    await tick();
    expect(collected.log).toEqual([]);
  });

  test("who asks for the end after a stop need not wait for a cipher", async () => {
    const [provider] = waiting();
    const collected = new Collector();
    collected.reader.install(epochOf(provider, secretOf(1)));
    collected.deliver(new Sealer(secretOf(1)).record(23, data("a")));
    await tick();
    collected.reader.stop();
    let told = false;
    collected.reader.finish(() => {
      told = true;
    });
    expect(told).toBe(true);
  });

  test("what was being opened when the reader was held is delivered once it is released", async () => {
    const [provider, go] = waiting();
    const collected = await atWork(provider);
    collected.reader.hold();
    go();
    await tick();
    expect(collected.log).toEqual([]);
    collected.reader.release();
    await collected.until(() => collected.log.length === 2);
    expect(collected.log).toEqual(["23 application.0/0 61", "23 application.0/1 62"]);
  });

  test("what was being opened when the keys changed is opened with the new ones [5.3/1]", async () => {
    const [provider, go] = waiting();
    const collected = new Collector();
    collected.reader.install(epochOf(provider, secretOf(1)));
    collected.deliver(new Sealer(secretOf(2)).record(23, data("a")));
    await tick();
    collected.reader.install(epochOf(provider, secretOf(2), "application", 1));
    go();
    await collected.until(() => collected.log.length > 0);
    expect(collected.log).toEqual(["23 application.1/0 61"]);
  });

  test("a key that could not be imported fails the reader", async () => {
    const cause = new Error("no such key");
    const provider = asyncProvider(undefined, () => Promise.reject(cause));
    const collected = new Collector();
    collected.reader.install(epochOf(provider, secretOf(1)));
    await collected.read([new Sealer(secretOf(1)).record(23, data("a"))]);
    expect(collected.error).toBe(cause);
  });

  test("counts what waits for a key, up to a header that can't be right", () => {
    const collected = new Collector();
    const never = asyncProvider(undefined, () => new Promise(() => {}));
    collected.reader.install(epochOf(never, secretOf(1)));
    const record = new Sealer(secretOf(1)).record(23, data("a"));
    collected.deliver(concat(record, Uint8Array.of(7, 3, 3, 0, 1, 0)));
    expect(collected.reader.buffered).toBe(record.length + 6);
  });

  test("a reader that is stopped while a key is imported does nothing more", async () => {
    let imported: (() => void) | undefined;
    const provider = asyncProvider(
      undefined,
      (work) =>
        new Promise((resolve) => {
          imported = () => resolve(work());
        }),
    );
    const collected = new Collector();
    const epoch = epochOf(provider, secretOf(1));
    collected.reader.install(epoch);
    collected.deliver(new Sealer(secretOf(1)).record(23, data("a")));
    collected.reader.stop();
    imported?.();
    if (!epoch.sync) await epoch.key;
    expect(collected.log).toEqual([]);
  });

  test("a reader that is held while a key is imported opens nothing until it is released", async () => {
    let imported: (() => void) | undefined;
    const provider = asyncProvider(
      undefined,
      (work) =>
        new Promise((resolve) => {
          imported = () => resolve(work());
        }),
    );
    const sealer = new Sealer(secretOf(1));
    const collected = new Collector();
    const epoch = epochOf(provider, secretOf(1), "handshake");
    collected.reader.install(epoch);
    collected.deliver(concat(ccs, sealer.record(22, data("a"))));
    collected.reader.hold();
    imported?.();
    if (!epoch.sync) await epoch.key;
    await new Promise((resolve) => setImmediate(resolve));
    expect(collected.log).toEqual([]);
    collected.reader.release();
    await collected.until(() => collected.log.length === 2);
    expect(collected.log).toEqual(["20 none.0/0 01", "22 handshake.0/0 61"]);
  });
});

test("a provider without the suite's cipher is a local error", () => {
  const provider = { ...syncProvider, aeads: () => [] };
  expect(() => openEpoch(provider, "handshake", 0, secretOf(1))).toThrow(
    expect.objectContaining({ code: "no_common_parameters" }),
  );
});

test.each(kinds)("the bytes of a key are overwritten once it is imported: %s", async (_, provider) => {
  const given: Bytes[] = [];
  const aeads = provider()
    .aeads()
    .map((aead): Aead => {
      // Written out twice, so that each keeps its type.
      if (aead.sync) return { ...aead, importKey: (bytes) => aead.importKey(seen(bytes)) };
      return { ...aead, importKey: (bytes) => aead.importKey(seen(bytes)) };
    });
  const seen = (bytes: Bytes): Bytes => {
    given.push(bytes);
    expect(bytes).not.toEqual(new Uint8Array(16));
    return bytes;
  };
  const epoch = openEpoch({ ...provider(), aeads: () => aeads }, "handshake", 0, secretOf(1));
  await epoch.key;
  expect(given).toEqual([new Uint8Array(16)]);
});

test.each(Object.keys(cipherSuites) as CipherSuiteName[])("%s is protected with its own cipher", (name) => {
  const suite = cipherSuite(name);
  const imported: string[] = [];
  const aeads = syncProvider.aeads().map((aead): Aead => {
    if (!aead.sync) return aead;
    return {
      ...aead,
      importKey: (bytes) => {
        imported.push(`${aead.name}, ${bytes.length} bytes`);
        return aead.importKey(bytes);
      },
    };
  });
  const hash = syncProvider.hashes[suite.hash];
  const secret = { suite, hash, secret: new Uint8Array(hash.length) };
  openEpoch({ ...syncProvider, aeads: () => aeads }, "handshake", 0, secret);
  expect(imported).toEqual([`${suite.aead}, ${suite.keyLength} bytes`]);
});

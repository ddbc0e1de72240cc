import { describe, expect, test } from "vitest";
import { parseKeyLog } from "../../../../lab/page/capture/keyLogText.ts";
import { wireToRun } from "../../../../lab/page/capture/wireToRun.ts";
import type { Run, Side } from "../../../../lab/page/run.ts";
import { defaultProvider as nodeProvider } from "../../../../src/crypto/provider/node.ts";
import { defaultProvider as webProvider } from "../../../../src/crypto/provider/web.ts";
import { concat, fromHex, toHex, toLatin1 } from "../../../../src/wire/bytes.ts";
import { courses, runOf, seenMeeting, told } from "./labRuns.ts";

/** What the client itself says of the connection. */
function traced(trace: Awaited<ReturnType<typeof seenMeeting>>["meeting"]["client"]["trace"]): string[] {
  return trace.flatMap((event) => {
    if (event.kind !== "message") return [];
    const { record, bytes } = event;
    const from = event.direction === "in" ? "server" : "client";
    return [`${from} ${event.name} ${record.epoch} ${record.generation} ${toHex(bytes)}`];
  });
}

function messages(run: Run, from: Side): string[] {
  return run.steps.flatMap((step) =>
    step.kind === "message" && step.from === from
      ? [`${from} ${step.name} ${step.keys.epoch} ${step.keys.generation} ${toHex(step.bytes)}`]
      : [],
  );
}

describe("a connection from its bytes", () => {
  test.each(Object.entries(courses))(
    "with %s: the messages that the client traced, each where its pieces are",
    async (_, make) => {
      const seen = await make();
      const run = await runOf(seen);
      const expected = traced(seen.meeting.client.trace);
      for (const side of ["client", "server"] as const) {
        // A client that has failed looks at nothing more.
        expect(messages(run, side).slice(0, expected.length)).toEqual(
          expect.arrayContaining(expected.filter((line) => line.startsWith(side))),
        );
      }
      for (const step of run.steps) {
        if (step.kind !== "message") continue;
        const parts = step.pieces.map(({ record, from, to }) =>
          run.records[record]!.content!.subarray(from, to),
        );
        expect(toHex(concat(...parts))).toBe(toHex(step.bytes));
        expect(step.fields).toMatchObject({ name: step.name, start: 0, end: step.bytes.length });
      }
    },
  );

  test("the records that the server opened, with their padding and their places", async () => {
    const seen = await courses["key updates on both sides"]!();
    const run = await runOf(seen);
    const opened = seen.meeting.lab.seen.records;
    const ours = run.records.filter(({ from }) => from === "client");
    expect(
      ours.map(({ type, epoch, generation, padding, content }) => ({
        type,
        epoch,
        generation,
        padding,
        content,
      })),
    ).toEqual(
      opened.map(({ type, epoch, generation, padding, content }) => ({
        type,
        epoch,
        generation,
        padding,
        content,
      })),
    );
    expect(ours.filter(({ epoch }) => epoch !== "none").map(({ sequence }) => sequence)).toEqual(
      opened.filter(({ epoch }) => epoch !== "none").map(({ sequence }) => sequence),
    );
  });

  test("both streams, byte for byte", async () => {
    const seen = await courses["records that are cut and padded"]!();
    const run = await runOf(seen);
    for (const side of ["client", "server"] as const) {
      const ofSide = (one: { readonly from: Side }): boolean => one.from === side;
      expect(toHex(concat(...run.records.filter(ofSide).map(({ wire }) => wire)))).toBe(
        toHex(concat(...seen.wire.chunks.filter(ofSide).map(({ bytes }) => bytes))),
      );
    }
  });

  test("the whole story of a connection with early data", async () => {
    expect(told(await runOf(await courses["early data that is accepted"]!()))).toEqual([
      "client ClientHello none 0",
      "client change_cipher_spec",
      "client 11 bytes early 0",
      "server ServerHello none 0",
      "server change_cipher_spec",
      "server EncryptedExtensions handshake 0",
      "server Finished handshake 0",
      "client EndOfEarlyData early 0",
      "client Finished handshake 0",
      "client 15 bytes application 0",
      "server 15 bytes application 0",
      "client alert close_notify application 0",
      "server alert close_notify application 0",
    ]);
  });

  test("what was agreed, the chain, the secrets, and the end", async () => {
    const seen = await seenMeeting({ client: { alpn: ["h2"] }, server: { alpn: "h2" } });
    const run = await runOf(seen);
    const info = seen.meeting.client.handshake!;
    expect(run.agreed).toEqual([
      { name: "Server name", value: "server.example" },
      { name: "Version", value: "TLS 1.3" },
      { name: "Cipher suite", value: info.suite.name },
      { name: "Group", value: info.group },
      { name: "Application protocol", value: "h2" },
      { name: "Signature", value: "ecdsa_secp256r1_sha256" },
    ]);
    expect(info.server.kind === "certificate" && info.server.certificate.chain.map(toHex)).toEqual(
      run.certificates.map(toHex),
    );
    expect(run.end).toEqual({ kind: "opened" });
    expect(run.steps.at(-1)?.kind).toBe("closed");
    expect(run.secrets.map(({ name, value }) => `${name} ${toHex(value)}`).sort()).toEqual(
      [...seen.meeting.keyLog]
        .map((line) => {
          const [label, , secret] = line.split(" ");
          const side = label!.startsWith("CLIENT") ? "client" : "server";
          if (label === "EXPORTER_SECRET") return `exporter_secret ${secret}`;
          return `${side}_${label!.includes("HANDSHAKE") ? "handshake_traffic_secret" : "application_traffic_secret_0"} ${secret}`;
        })
        .sort(),
    );
  });

  test("after a KeyUpdate, the next secret and what it was made of", async () => {
    const run = await runOf(await courses["key updates on both sides"]!());
    expect(
      run.secrets
        .filter(({ how }) => how.kind === "derive")
        .map(({ name, how }) => [name, how.kind === "derive" && how.parent]),
    ).toEqual([
      ["server_application_traffic_secret_1", "server_application_traffic_secret_0"],
      ["client_application_traffic_secret_1", "client_application_traffic_secret_0"],
      ["server_application_traffic_secret_2", "server_application_traffic_secret_1"],
      ["client_application_traffic_secret_2", "client_application_traffic_secret_1"],
    ]);
  });

  test("an alert that ends it, of either side", async () => {
    const refused = await runOf(await courses["a Finished that is wrong"]!());
    expect(refused.end).toMatchObject({
      kind: "failed",
      code: "alert_sent",
      alert: { name: "decrypt_error", direction: "sent" },
    });
    const refusing = await runOf(await courses["a hello that the server refuses"]!());
    expect(refusing.end).toMatchObject({
      kind: "failed",
      code: "alert_received",
      alert: { name: "handshake_failure", direction: "received" },
    });
    for (const { end, steps } of [refused, refusing]) {
      expect(end.kind === "failed" && steps[end.step]?.kind).toBe("alert");
    }
  });

  test.each([
    ["node provider", nodeProvider],
    ["web provider", webProvider],
  ])("the same with the %s", async (_, provider) => {
    const seen = await courses["TLS_AES_128_GCM_SHA256"]!();
    const { run, notes } = await wireToRun("A run", seen.wire, parseKeyLog(seen.keyLog), provider);
    expect(notes).toEqual([]);
    expect(run).toEqual(await runOf(seen));
  });
});

describe("what can't be opened", () => {
  test("without secrets, only what is in the clear, and so it says", async () => {
    const seen = await courses["TLS_AES_128_GCM_SHA256"]!();
    const { run, notes } = await wireToRun("A run", seen.wire, new Map(), nodeProvider);
    expect(told(run)).toEqual([
      "client ClientHello none 0",
      "server ServerHello none 0",
      "server change_cipher_spec",
      "client change_cipher_spec",
    ]);
    expect(run.end).toEqual({ kind: "unfinished" });
    expect(run.secrets).toEqual([]);
    expect(run.records.length).toBeGreaterThan(6);
    expect(run.records.filter(({ content }) => content === undefined).every(({ type }) => type === 23)).toBe(
      true,
    );
    expect(notes).toEqual([
      expect.stringMatching(/^\d+ protected records of the client stayed closed: there are no secrets/),
      expect.stringMatching(/^\d+ protected records of the server stayed closed: there are no secrets/),
    ]);
  });

  test("with the secrets of the handshake only, the handshake", async () => {
    const seen = await courses["TLS_AES_128_GCM_SHA256"]!();
    const part = parseKeyLog(
      seen.keyLog
        .split("\n")
        .filter((line) => !line.includes("TRAFFIC_SECRET_0"))
        .join("\n"),
    );
    const { run } = await wireToRun("A run", seen.wire, part, nodeProvider);
    expect(told(run).at(-1)).toBe("client Finished handshake 0");
    expect(run.end).toEqual({ kind: "opened" });
    expect(
      run.records
        .filter(({ content }) => content === undefined)
        .map(({ epoch, sequence, from }) => `${from} ${epoch} ${sequence}`),
    ).toEqual([
      "client application 0",
      "server application 0",
      "client application 1",
      "server application 1",
    ]);
  });

  test("one record that was spoilt hides no other", async () => {
    const seen = await courses["TLS_CHACHA20_POLY1305_SHA256"]!();
    const whole = await runOf(seen);
    const spoilt = whole.records.findIndex(({ from, epoch }) => from === "server" && epoch === "handshake");
    const chunks = whole.records.map(({ from, wire }, index) => {
      const bytes = wire.slice();
      if (index === spoilt) bytes[9]! ^= 1;
      return { from, time: 0, bytes };
    });
    const { run, notes } = await wireToRun(
      "A run",
      { chunks, closed: undefined },
      parseKeyLog(seen.keyLog),
      nodeProvider,
    );
    expect(run.records.map(({ content }) => content)).toEqual(
      whole.records.map(({ content }, index) => (index === spoilt ? undefined : content)),
    );
    expect(run.records.map(({ sequence }) => sequence)).toEqual(
      whole.records.map(({ sequence }) => sequence),
    );
    expect(notes).toEqual(["1 protected record of the server stayed closed: none of its secrets fits."]);
  });

  test("an older version is named, and not read", async () => {
    // A ServerHello of TLS 1.2, without extensions.
    const hello = fromHex(`16030300 2a 02 000026 0303 ${"ab".repeat(32)} 00 c02f 00`);
    const { wire } = await courses["TLS_AES_128_GCM_SHA256"]!();
    const first = wire.chunks[0]!;
    const chunks = [
      first,
      { from: "server", time: 1, bytes: concat(hello, fromHex("160303 0004 0e000000")) } as const,
    ];
    const { run, notes } = await wireToRun("A run", { chunks, closed: undefined }, new Map(), nodeProvider);
    expect(told(run)).toEqual(["client ClientHello none 0", "server ServerHello none 0"]);
    expect(notes).toEqual(["The server chose TLS 1.2: what follows its hello is not read."]);
  });

  test("what is no record, what is not whole, and messages of no known type are said", async () => {
    const { wire } = await courses["TLS_AES_128_GCM_SHA256"]!();
    const read = async (...answers: string[]) => {
      const chunks = [
        wire.chunks[0]!,
        ...answers.map((hex) => ({ from: "server", time: 1, bytes: fromHex(hex) }) as const),
      ];
      return (await wireToRun("A run", { chunks, closed: undefined }, new Map(), nodeProvider)).notes;
    };
    expect(toLatin1(fromHex("485454502f"))).toBe("HTTP/");
    expect(await read("485454502f312e31")).toEqual([
      "From byte 0 on, what the server sent is no TLS record, and is not read.",
    ]);
    expect(await read("160303000a0200")).toEqual([
      "The last 7 bytes of the server are the beginning of a record that is not whole.",
    ]);
    expect(await read("160303000402000028")).toEqual([
      "The last handshake message of the server is not whole: 4 bytes of it came.",
    ]);
    expect(await read("1603030004 63000000")).toEqual([
      "The server sent a handshake message of type 0x0063, which TLS 1.3 does not have.",
    ]);
    expect(await read("1503030001 02")).toEqual(["An alert of the server has 1 bytes, and is not read."]);
    expect(await read("6303030001 02")).toEqual([
      "Record 1, of the server, is of type 99, which TLS 1.3 does not have.",
    ]);
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CaptureError } from "../../../../lab/page/capture/captureError.ts";
import { maxTraceLength, traceToRuns } from "../../../../lab/page/capture/traceToRuns.ts";
import { toHex } from "../../../../src/wire/bytes.ts";
import { trusting } from "../../../cli/files.ts";
import { jsonLines, tls13, tlsServer } from "../../../cli/harness.ts";

async function traced(...args: readonly string[]): Promise<string> {
  const { target } = await tlsServer({ ALPNProtocols: ["h2"] });
  return (await tls13(["connect", target, "--json", "--alpn", "h2", ...args])).stderr;
}

function refusal(text: string): string {
  try {
    traceToRuns(text);
  } catch (error) {
    if (error instanceof CaptureError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

describe("a trace of the command", () => {
  test("its messages, keys, alerts and steps of verification, in their order", async () => {
    const text = await traced(...trusting());
    const lines = jsonLines(text);
    const [run, ...others] = traceToRuns(text);
    expect(others).toEqual([]);
    const kinds = lines
      .map(({ kind }) => (kind === "connected" ? "opened" : kind))
      .filter((kind) => kind !== "tcp");
    expect(run!.steps.map(({ kind }) => kind)).toEqual(kinds);
    const messages = lines.filter(({ kind }) => kind === "message");
    const ours = run!.steps.filter((step) => step.kind === "message");
    expect(
      ours.map(({ from, name, bytes, fields, keys }) => ({
        from,
        name,
        bytes: toHex(bytes),
        fields,
        ...keys,
      })),
    ).toEqual(
      messages.map(({ direction, name, bytes, fields, record }) => {
        const { epoch, generation } = record as Record<string, unknown>;
        return { from: direction === "in" ? "server" : "client", name, bytes, fields, epoch, generation };
      }),
    );
    expect(ours.filter(({ name }) => name === "NewSessionTicket").map(({ nth }) => nth)).toEqual([0, 1]);
    expect(run).toMatchObject({ title: "localhost", records: [], secrets: [], end: { kind: "opened" } });
    expect(run!.agreed).toEqual(
      expect.arrayContaining([
        { name: "Server name", value: "localhost" },
        { name: "Application protocol", value: "h2" },
      ]),
    );
    expect(run!.certificates.length).toBe(2);
    const times = run!.steps.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    // Without what TCP took, and what the command took to start.
    const first = lines.find(({ kind }) => kind === "message")!["time"] as number;
    expect(times[0]).toBeCloseTo(first - (lines[0]!["time"] as number), 3);
  });

  test("a failure, with its code, alert and place", async () => {
    const [run] = traceToRuns(await traced());
    expect(run!.end).toMatchObject({
      kind: "failed",
      code: "certificate_unknown_ca",
      message: expect.stringContaining("no path leads"),
      alert: { name: "unknown_ca", direction: "sent" },
      rules: [],
      step: run!.steps.length - 1,
    });
    expect(run!.steps.filter(({ kind }) => kind === "verification").length).toBeGreaterThan(0);
    expect(run!.certificates.length).toBe(2);
  });

  test("each connection of --reconnect by itself", async () => {
    // They take all of standard input, one after the other, so it has to end.
    const { target } = await tlsServer();
    const { stderr } = await tls13(["connect", target, "--json", ...trusting(), "--reconnect", "1"], {
      stdin: "",
    });
    const runs = traceToRuns(stderr);
    expect(runs.map(({ title, end }) => [title, end.kind])).toEqual([
      ["localhost", "opened"],
      ["localhost, connection 2", "opened"],
    ]);
    expect(runs[1]!.agreed).toContainEqual({ name: "Resumed", value: "yes" });
    for (const { steps } of runs) {
      const [first] = steps;
      expect(first).toMatchObject({ kind: "message", name: "ClientHello", nth: 0 });
      expect(first!.time).toBeLessThan(1000);
    }
  });

  test("one that was never made is an error without steps", async () => {
    const { stderr } = await tls13(["connect", "localhost:1", "--json"]);
    expect(traceToRuns(stderr)).toMatchObject([
      { steps: [], end: { kind: "failed", alert: undefined, step: 0 } },
    ]);
  });

  test("one that was cut off is not finished", async () => {
    const lines = (await traced(...trusting())).split("\n");
    expect(traceToRuns(lines.slice(0, 4).join("\n"))).toMatchObject([
      { title: "A trace", end: { kind: "unfinished" } },
    ]);
  });
});

describe("what a trace may hold besides", () => {
  test("kinds and keys that are not known are passed over", async () => {
    const text = await traced(...trusting());
    const expected = traceToRuns(text);
    const more = text
      .split("\n")
      .filter((line) => line !== "")
      .flatMap((line) => [
        JSON.stringify({ ...JSON.parse(line), later: { is: "more" } }),
        '{"kind":"weather","time":3,"is":"fine"}',
        "",
      ])
      .join("\r\n");
    expect(traceToRuns(more)).toEqual(expected);
  });

  test.each([
    ["not JSON", "hello", "Line 2: not JSON."],
    ["no object", "[]", "Line 2: expected an object with kind and time."],
    ["no time", '{"kind":"closed"}', "Line 2: expected an object with kind and time."],
    ["no direction", '{"kind":"message","time":1}', "Line 2, message: direction should be one of in, out."],
    [
      "bytes that are no hexadecimal",
      '{"kind":"message","time":1,"direction":"in","bytes":"0g"}',
      "Line 2, message: bytes should be bytes in hexadecimal.",
    ],
    [
      "bytes of another message",
      '{"kind":"message","time":1,"direction":"in","bytes":"0800000200 00","name":"Finished"}'.replace(
        "00 00",
        "0000",
      ),
      "Line 2, message: bytes are not of the message that is named.",
    ],
    [
      "an unknown message",
      '{"kind":"message","time":1,"direction":"in","bytes":"63000000","name":"Finished"}',
      "Line 2, message: bytes are not of the message that is named.",
    ],
    [
      "keys of no epoch",
      '{"kind":"keys","time":1,"direction":"in","epoch":"late"}',
      "Line 2, keys: epoch should be one of none, early, handshake, application.",
    ],
    [
      "a generation below 0",
      '{"kind":"keys","time":1,"direction":"in","epoch":"early","generation":-1}',
      "Line 2, keys: generation should be a whole number, not below 0.",
    ],
    [
      "no record",
      '{"kind":"alert","time":1,"direction":"in","level":1,"name":"close_notify"}',
      "Line 2, alert: record should be an object.",
    ],
    [
      "no such alert",
      '{"kind":"alert","time":1,"direction":"in","level":1,"name":"toString","record":{"epoch":"none","generation":0}}',
      "Line 2, alert: name is that of no alert.",
    ],
    [
      "no certificates",
      '{"kind":"connected","time":1,"serverName":"x"}',
      "Line 2, connected: certificates should be a list.",
    ],
    [
      "rules that are no texts",
      '{"kind":"error","time":1,"code":"x","message":"y","rules":[1]}',
      "Line 2, error: rules should be a list of texts.",
    ],
    [
      "no message of an error",
      '{"kind":"error","time":1,"code":"x"}',
      "Line 2, error: message should be text.",
    ],
  ])("a line with %s is named: trace_malformed", (_, line, message) => {
    const hello =
      '{"kind":"message","time":0,"direction":"out","name":"ClientHello","bytes":"01000000","record":{"epoch":"none","generation":0}}';
    expect(refusal(`${hello}\n${line}`)).toBe(
      `trace_malformed: A line of the trace is not one that the command writes. ${message}`,
    );
  });

  test("one of no connection: trace_empty", () => {
    expect(refusal('\n{"kind":"tcp","time":0}\n')).toMatch(/^trace_empty: /);
    expect(refusal("")).toMatch(/^trace_empty: /);
  });

  test("one that is too large: trace_too_large", () => {
    expect(refusal(" ".repeat(maxTraceLength + 1))).toMatch(/^trace_too_large: /);
  });

  test("whatever it is, there are runs or an error with a code", async () => {
    const text = await traced(...trusting());
    const lines = text.split("\n").filter((line) => line !== "");
    const value = fc.jsonValue({ maxDepth: 2 });
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.nat(5), value, (index, key, replacement) => {
        const changed = lines.map((line, at) => {
          if (at !== index) return line;
          const object = JSON.parse(line);
          object[Object.keys(object)[key % Object.keys(object).length]!] = replacement;
          return JSON.stringify(object);
        });
        expect(refusal(changed.join("\n"))).toMatch(/^(none$|trace_(malformed|empty): )/);
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (any) => {
        expect(refusal(any)).toMatch(/^trace_(malformed|empty): /);
      }),
      { numRuns: 300 },
    );
  });
});

import crypto from "node:crypto";
import { describe, expect, test } from "vitest";
import { toHex } from "../../../src/wire/bytes.ts";
import { parseLogList } from "../../../src/x509/transparency/index.ts";
import { key, keyPair } from "../../certificates.ts";
import { logListJson, testLog } from "../../transparencyLog.ts";

const ash = testLog("Ash", "North");
const elm = testLog("Elm", "South");
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const timestamp = "2024-05-06T07:08:09Z";

/** The list with Ash alone, its entry changed. */
const listWith = (change: object): string => logListJson([ash], () => change);
const stateFrom = (state: object | undefined): unknown =>
  parseLogList(listWith({ state })).logs.get(toHex(ash.id))?.state;

describe("a list of logs", () => {
  test("tells of each log what counts", () => {
    const { madeAt, logs } = parseLogList(
      logListJson([ash, elm], ({ name }) =>
        name === "Ash"
          ? {
              previous_operators: [
                { name: "East", end_time: "2023-01-01T00:00:00Z" },
                { name: "West", end_time: "2022-01-01T01:00:00.5+01:00" },
              ],
            }
          : {},
      ),
    );
    expect(Math.abs(Date.now() - (madeAt ?? 0))).toBeLessThan(60_000);
    expect([...logs.keys()]).toEqual([toHex(ash.id), toHex(elm.id)]);
    const log = logs.get(toHex(ash.id));
    expect(log).toMatchObject({
      name: "Ash",
      operator: "North",
      state: { kind: "current" },
      formerOperators: [
        { name: "West", until: Date.UTC(2022, 0) + 500 },
        { name: "East", until: Date.UTC(2023, 0) },
      ],
    });
    expect(log?.key.spki).toEqual(ash.key.spki);
    expect(logs.get(toHex(elm.id))?.operator).toBe("South");
  });

  test("has tiled logs too, and may lack everything that does not count", () => {
    const log = { log_id: base64(ash.id), key: base64(ash.key.spki) };
    const { madeAt, logs } = parseLogList(
      JSON.stringify({ operators: [{ name: "North", tiled_logs: [log] }] }),
    );
    expect(madeAt).toBeUndefined();
    expect(logs.get(toHex(ash.id))).toMatchObject({ name: toHex(ash.id), operator: "North" });
  });

  test.each([
    ["usable", { kind: "current" }],
    ["qualified", { kind: "current" }],
    ["readonly", { kind: "current" }],
    ["retired", { kind: "retired", since: Date.UTC(2024, 4, 6, 7, 8, 9) }],
    ["pending", { kind: "worthless" }],
    ["rejected", { kind: "worthless" }],
  ])("reads the state %s", (name, state) => {
    expect(stateFrom({ [name]: { timestamp } })).toEqual(state);
  });

  test("takes a log without a state for worthless", () => {
    expect(stateFrom(undefined)).toEqual({ kind: "worthless" });
  });

  test.each([
    ["RSA", key("RSA", "log").spki, true],
    ["P-384", key("P-384", "log").spki, false],
    ["Ed25519", key("Ed25519", "log").spki, false],
    ["RSASSA-PSS", key("RSA-PSS", "log").spki, false],
    [
      "RSA of 1024 bits",
      keyPair("RSA", crypto.generateKeyPairSync("rsa", { modulusLength: 1024 })).spki,
      false,
    ],
    ["X25519", crypto.generateKeyPairSync("x25519").publicKey.export({ format: "der", type: "spki" }), false],
  ])("takes or leaves a log by its key: %s", (_, spki, isTaken) => {
    expect(parseLogList(listWith({ key: base64(spki) })).logs.size).toBe(isTaken ? 1 : 0);
  });

  const broken: readonly (readonly [json: string, message: string])[] = [
    ["{", "log list: expected JSON: "],
    ["[]", "log list: expected an object, got []"],
    ["null", "log list: expected an object, got null"],
    ["{}", "log list.operators: expected an array, got nothing"],
    ['{ "operators": [1] }', "log list.operators[0]: expected an object, got 1"],
    ['{ "operators": [{}] }', "log list.operators[0].name: expected a text, got nothing"],
    ['{ "operators": [{ "name": "" }] }', 'log list.operators[0].name: expected a text, got ""'],
    [
      '{ "operators": [], "log_list_timestamp": "today" }',
      'log list.log_list_timestamp: expected a time as RFC 3339 writes it, got "today"',
    ],
    [
      '{ "operators": [], "log_list_timestamp": "2024-13-01T00:00:00Z" }',
      "log list.log_list_timestamp: expected a time",
    ],
    [
      '{ "operators": [{ "name": "North", "logs": {} }] }',
      "log list.operators[0].logs: expected an array, got {}",
    ],
    [
      '{ "operators": [{ "name": "North", "tiled_logs": 7 }] }',
      "log list.operators[0].tiled_logs: expected an array, got 7",
    ],
    [listWith({ log_id: 5 }), "log list.operators[0].logs[0].log_id: expected a text, got 5"],
    [listWith({ log_id: "AA-_" }), 'log list.operators[0].logs[0].log_id: expected base64, got "AA-_"'],
    [listWith({ log_id: "AAAA" }), "log list.operators[0].logs[0].log_id: expected 32 bytes, got 3"],
    [listWith({ key: undefined }), "log list.operators[0].logs[0].key: expected a text, got nothing"],
    [listWith({ key: "AAAA" }), "log list.operators[0].logs[0].key: expected a public key in DER, got "],
    [
      listWith({ key: base64(new Uint8Array([...ash.key.spki, 0])) }),
      "log list.operators[0].logs[0].key: expected a public key in DER, got ",
    ],
    [listWith({ description: 1 }), "log list.operators[0].logs[0].description: expected a text, got 1"],
    [
      listWith({ state: { lost: { timestamp } } }),
      "log list.operators[0].logs[0].state: expected one of qualified, usable,",
    ],
    [
      listWith({ state: { usable: { timestamp }, rejected: { timestamp } } }),
      'log list.operators[0].logs[0].state: expected one of qualified, usable, readonly, retired, pending, rejected, got "usable, rejected"',
    ],
    [
      listWith({ state: { usable: null } }),
      "log list.operators[0].logs[0].state.usable: expected an object, got null",
    ],
    [
      listWith({ state: { usable: { timestamp: "2024-05-06" } } }),
      "log list.operators[0].logs[0].state.usable.timestamp: expected a time as RFC 3339",
    ],
    [
      listWith({ previous_operators: [{ name: "East" }] }),
      "log list.operators[0].logs[0].previous_operators[0].end_time: expected a text, got nothing",
    ],
    [
      JSON.stringify({
        operators: [0, 1].map((i) => ({
          name: `${i}`,
          logs: [{ log_id: base64(ash.id), key: base64(ash.key.spki) }],
        })),
      }),
      "log list.operators[1].logs[0].log_id: expected each log once, got ",
    ],
    [
      listWith({ state: { lost: "x".repeat(1000) } }).replace('"lost"', JSON.stringify("y".repeat(1000))),
      `got "${"y".repeat(79)} …`,
    ],
  ];

  test.each(broken.map(([json, message]) => [message, json] as const))("is refused: %s", (message, json) => {
    expect(() => parseLogList(json)).toThrow(
      expect.objectContaining({ code: "invalid_option", message: expect.stringContaining(message) }),
    );
  });
});

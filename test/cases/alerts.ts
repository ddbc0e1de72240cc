import {
  after,
  alert,
  data,
  type Edit,
  record,
  replaced,
  type Script,
  type Step,
  upTo,
} from "../../lab/script.ts";
import { type AlertName, alertCodes, alertName } from "../../src/wire/alerts.ts";
import { type Bytes, fromAscii, toLatin1 } from "../../src/wire/bytes.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { type Case, expectEqual, within } from "./case.ts";
import { meet, opened, refusal } from "./meeting.ts";
import { failed, harmless, misdeed, talk } from "./opened.ts";

const times = (count: number, step: Step): Script => Array.from({ length: count }, () => step);
const errorAlerts: readonly number[] = [
  ...Object.values(alertCodes).filter((code) => code !== 0 && code !== 90),
  // Reserved ones of older versions, and some that nobody knows.
  21,
  30,
  41,
  60,
  100,
  111,
  114,
  1,
  200,
  255,
];

const codeOf = (name: AlertName): number => alertCodes[name];

/** The server's alert ends an open connection: nothing that follows it is delivered, nothing more is sent. */
function ends(what: string, rules: readonly string[], code: number, level: number): Case {
  return {
    name: what,
    rules,
    run: async (harness) => {
      const meeting = await meet(harness);
      await opened(meeting);
      await talk(meeting);
      const { client, lab } = meeting;
      const before = toLatin1(client.content);
      const records = lab.seen.records.length;
      await lab.perform(alert(code, level), data(fromAscii("after the end")), alert("close_notify"));
      await failed(meeting, `alert_received: received ${alertName(code)}`);
      expectEqual(toLatin1(client.content), before, "the data after the alert");
      expectEqual(lab.seen.records.length, records, "the records that the client sent");
      expectEqual(client.told.includes("ended"), false, "the end was told");
    },
  };
}

const received: readonly Case[] = [
  ...errorAlerts.map((code) =>
    ends(
      `the alert ${alertName(code)} ends the connection`,
      ["6/3", "6/4", "6/8", "6.2/2", ...(alertName(code).startsWith("unknown") ? ["6/9"] : [])],
      code,
      2,
    ),
  ),
  ...[0, 1, 3, 255].flatMap((level) =>
    (["decode_error", "handshake_failure", "internal_error"] as const).map((name) =>
      ends(`the alert ${name} of level ${level} ends the connection, too`, ["6/8"], codeOf(name), level),
    ),
  ),
  ends("an unknown alert of level warning ends the connection, too", ["6/8", "6/9"], 77, 1),
];

const places: readonly (readonly [where: string, edits: (step: Step) => readonly Edit[]])[] = [
  ["in place of ServerHello", (step) => [replaced("ServerHello", step), upTo("alert")]],
  ["under handshake keys", (step) => [replaced("EncryptedExtensions", step), upTo("alert")]],
  ["under application keys, before our Finished", (step) => [after("write application", step)]],
];

/** The same while the handshake goes on: in the clear, and under its keys. */
const duringHandshake: readonly Case[] = places.flatMap(([where, edits]) =>
  (["handshake_failure", "close_notify", 99] as const)
    .filter((name) => !(name === "close_notify" && where.includes("application")))
    .map(
      (name): Case => ({
        name: `the alert ${name} ${where} ends the handshake`,
        rules: ["6/2", "6/3", "6.2/2"],
        run: async (harness) => {
          const meeting = await meet(harness, {
            bends: { script: edits(alert(name)) },
          });
          const shown = typeof name === "number" ? `unknown_${name}` : name;
          await failed(meeting, `alert_received: received ${shown}`);
          expectEqual(meeting.lab.seen.alerts, [], "the client's alerts");
        },
      }),
    ),
);

const bytesOf = (...bytes: number[]): Bytes => Uint8Array.from(bytes);
const alertRecord = (...bytes: number[]): Step =>
  record({ type: contentTypes.alert, content: bytesOf(...bytes) });

const shapes: readonly Case[] = [
  ...(
    [
      ["one byte", [2]],
      ["three bytes", [1, 90, 0]],
      ["two alerts", [1, 90, 1, 90]],
    ] as const
  ).flatMap(([what, bytes]) => [
    misdeed({
      name: `refuses an alert record of ${what}`,
      rules: ["5.1/11"],
      steps: [alertRecord(...bytes)],
      code: "not_one_alert",
      alert: "unexpected_message",
    }),
    refusal({
      name: `refuses an alert record of ${what} in place of ServerHello`,
      rules: ["5.1/11"],
      bends: { script: [replaced("ServerHello", alertRecord(...bytes)), upTo("record")] },
      code: "not_one_alert",
      alert: "unexpected_message",
      under: "none",
    }),
  ]),
  misdeed({
    name: "refuses an empty alert record",
    rules: ["5.4/5"],
    steps: [alertRecord()],
    code: "empty_alert_record",
    alert: "unexpected_message",
  }),
  misdeed({
    name: "refuses an alert cut in two",
    rules: ["5.1/11"],
    steps: [alertRecord(2), alertRecord(40)],
    code: "not_one_alert",
    alert: "unexpected_message",
  }),
];

const warnings: readonly Case[] = [
  harmless({
    name: "reads on after user_canceled, whatever its level, four times at most",
    rules: ["6.1/4"],
    steps: [
      alert("user_canceled"),
      alert("user_canceled", 2),
      alert("user_canceled"),
      alert("user_canceled", 7),
    ],
  }),
  misdeed({
    name: "refuses the fifth user_canceled",
    rules: ["too_many_warnings"],
    steps: times(5, alert("user_canceled")),
    code: "too_many_warnings",
    alert: "unexpected_message",
  }),
  {
    name: "user_canceled and close_notify end the data cleanly",
    rules: ["6.1/4", "6/1"],
    run: async (harness) => {
      const meeting = await meet(harness);
      await opened(meeting);
      await talk(meeting);
      const { client, lab, connection } = meeting;
      await lab.perform(alert("user_canceled"), alert("close_notify"));
      await within("the client heard the end", client.ending);
      connection.end();
      await within("the client is closed", client.closing);
      expectEqual(client.error, undefined, "the error");
    },
  },
  {
    name: "user_canceled and close_notify in place of ServerHello end the handshake",
    rules: ["6.1/4"],
    run: async (harness) => {
      const meeting = await meet(harness, {
        bends: {
          script: [
            replaced("ServerHello", alert("user_canceled"), alert("close_notify"), {
              ...data(fromAscii("")),
              name: "last",
            }),
            upTo("last"),
          ],
        },
      });
      await failed(meeting, "alert_received: received close_notify");
    },
  },
];

const sent: readonly Case[] = [
  {
    name: "a fatal alert of ours is the last that we say and hear, and the connection closes at once",
    rules: ["6.2/1", "6.2/3", "6.2/4", "6/7"],
    run: async (harness) => {
      const meeting = await meet(harness);
      await opened(meeting);
      await talk(meeting);
      const { client, connection, lab, transports } = meeting;
      const before = toLatin1(client.content);
      const records = lab.seen.records.length;
      await lab.perform(alertRecord(2), data(fromAscii("after the end")), alert("close_notify"));
      await within("the client has failed", client.closing);
      connection.write(fromAscii("too late"), () => {});
      connection.end();
      connection.close();
      await within("the server saw the end", lab.done);
      expectEqual(
        lab.seen.records.slice(records).map(({ type, content }) => [type, ...content]),
        [[contentTypes.alert, 2, alertCodes.unexpected_message]],
        "what the client sent",
      );
      expectEqual(toLatin1(client.content), before, "the data after the alert");
      expectEqual(transports[0].endings, ["close"], "how the transport was ended");
    },
  },
];

const watched: readonly Case[] = [
  {
    name: "alerts sent and received can be watched",
    rules: ["6.2/7"],
    run: async (harness) => {
      const meeting = await meet(harness);
      await opened(meeting);
      const { client, lab, connection } = meeting;
      await lab.perform(alert("user_canceled"));
      connection.end();
      await within("the client is closed", client.closing);
      await within("the server saw the end", lab.done);
      const alerts = client.trace.flatMap((event) =>
        event.kind === "alert" ? [`${event.direction} ${event.name} ${event.level}`] : [],
      );
      expectEqual(
        alerts.sort(),
        ["in close_notify 1", "in user_canceled 1", "out close_notify 1"],
        "the alerts in the trace",
      );
    },
  },
];

export const cases: readonly Case[] = [
  ...received,
  ...duringHandshake,
  ...shapes,
  ...warnings,
  ...sent,
  ...watched,
];

import { believer } from "../../lab/leafKey.ts";
import { after, alert, data, end, raw, upTo } from "../../lab/script.ts";
import { fromAscii, toLatin1 } from "../../src/wire/bytes.ts";
import { type Case, expect, expectEqual, within } from "./case.ts";
import { closeCleanly, type Meeting, meet, opened } from "./meeting.ts";
import { failed, heard, talk } from "./opened.ts";

/** What the server saw of the client's alerts. */
const alertsOf = ({ lab }: Meeting): string[] =>
  lab.seen.alerts.map(({ level, name, epoch }) => `${level} ${name} under ${epoch}`);

const ending: readonly Case[] = [
  {
    name: "says close_notify, a warning, before its stream ends, and reads on until the server's",
    rules: ["6.1/2", "6.1/5", "6.1/6", "6/1"],
    run: async (harness) => {
      const meeting = await meet(harness, { server: { answerClose: false } });
      await opened(meeting);
      await talk(meeting);
      const { client, connection, lab } = meeting;
      connection.write(fromAscii("the last"), () => {});
      connection.end();
      connection.write(fromAscii("not this"), () => {});
      connection.end();
      await within("the server heard the end", lab.done);
      expect(toLatin1(lab.seen.data).endsWith("the last"), "what was written before the end has come");
      expectEqual(alertsOf(meeting), ["warning close_notify under application"], "the client's alerts");
      expectEqual(lab.seen.end, "ended", "how the client's stream ended");
      expectEqual(client.told.includes("ended"), false, "the end was told before it came");
      // The other direction is still open, for data and for keys.
      await lab.perform(data(fromAscii("still here")));
      await within("the data has come", heard(client, fromAscii("still here")));
      await lab.perform(alert("close_notify"), end);
      await within("the client is closed", client.closing);
      expectEqual(client.told.slice(-2), ["ended", "closed"], "what the client's face was told last");
      expectEqual(client.error, undefined, "the error");
    },
  },
  {
    name: "goes on sending after the server's close_notify",
    rules: ["6.1/5", "6/1"],
    run: async (harness) => {
      const meeting = await meet(harness, { server: { answerClose: false, answerKeyUpdate: false } });
      await opened(meeting);
      await talk(meeting);
      const { client, connection, lab } = meeting;
      await lab.perform(alert("close_notify"), end);
      await within("the client heard the end", client.ending);
      expectEqual(client.told.includes("closed"), false, "closed");
      connection.write(fromAscii("one more thing"), () => {});
      const arrived = lab.seen.until(() => toLatin1(lab.seen.data).endsWith("one more thing"));
      await within("the data has come", arrived);
      connection.updateKeys();
      connection.write(fromAscii("and another"), () => {});
      connection.end();
      await within("the client is closed", client.closing);
      await within("the server saw the end", lab.done);
      expect(toLatin1(lab.seen.data).endsWith("thingand another"), "all data has come");
      expectEqual(alertsOf(meeting), ["warning close_notify under application"], "the client's alerts");
      expectEqual(client.error, undefined, "the error");
    },
  },
  ...(
    [
      ["application data", [data(fromAscii("more"))]],
      ["bytes that are no record", [raw(fromAscii("garbage after the end"))]],
      ["an error alert", [alert("internal_error")]],
      ["a second close_notify", [alert("close_notify")]],
    ] as const
  ).map(
    ([what, steps]): Case => ({
      name: `disregards ${what} behind the server's close_notify`,
      rules: ["6.1/1"],
      run: async (harness) => {
        const meeting = await meet(harness);
        await opened(meeting);
        await talk(meeting);
        const { client, connection, lab } = meeting;
        const before = toLatin1(client.content);
        await lab.perform(alert("close_notify"), ...steps);
        await within("the client heard the end", client.ending);
        connection.write(fromAscii("and I say"), () => {});
        await within(
          "the data has come",
          lab.seen.until(() => toLatin1(lab.seen.data).endsWith("and I say")),
        );
        await closeCleanly(meeting);
        expectEqual(toLatin1(client.content), before, "the data after the end");
      },
    }),
  ),
  {
    name: "an end without close_notify is an error, and no end of the data",
    rules: ["6.1/7", "truncated"],
    run: async (harness) => {
      const meeting = await meet(harness);
      await opened(meeting);
      await talk(meeting);
      await meeting.lab.perform(data(fromAscii("half of")), end);
      await failed(meeting, "truncated: undefined undefined");
      expect(toLatin1(meeting.client.content).endsWith("half of"), "what came before is delivered");
      expectEqual(meeting.client.told.includes("ended"), false, "the end was told");
      expectEqual(alertsOf(meeting), [], "the client's alerts");
    },
  },
  {
    name: "an end amid a record is an error",
    rules: ["6.1/7", "truncated"],
    run: async (harness) => {
      const meeting = await meet(harness);
      await opened(meeting);
      await meeting.lab.perform(raw(Uint8Array.of(23, 3, 3, 0, 40, 1, 2, 3)), end);
      await failed(meeting, "truncated: undefined undefined");
    },
  },
  ...["ServerHello", "EncryptedExtensions", "Certificate"].map(
    (name): Case => ({
      name: `an end behind ${name} is an error`,
      rules: ["truncated"],
      run: async (harness) => {
        const meeting = await meet(harness, {
          bends: { script: (script) => [...upTo(name)(script), end] },
        });
        await failed(meeting, "truncated: undefined undefined");
        expectEqual(meeting.client.told, ["failed", "closed"], "what the client's face was told");
      },
    }),
  ),
];

const giveUp: readonly Case[] = [
  {
    name: "an abort during the handshake says user_canceled and close_notify",
    rules: ["6.1/3"],
    run: async (harness) => {
      const controller = new AbortController();
      const meeting = await meet(harness, {
        client: {
          signal: controller.signal,
          verifier: () => {
            controller.abort("no longer wanted");
            return new Promise(() => {});
          },
        },
      });
      await failed(meeting, "aborted: sent user_canceled");
      expectEqual(meeting.client.error?.cause, "no longer wanted", "the cause");
      expectEqual(
        alertsOf(meeting),
        ["warning user_canceled under handshake", "warning close_notify under handshake"],
        "the client's alerts",
      );
    },
  },
  {
    name: "an abort once open says close_notify, and what waits is dropped",
    rules: ["6.1/6"],
    run: async (harness) => {
      const controller = new AbortController();
      const meeting = await meet(harness, { client: { signal: controller.signal } });
      await opened(meeting);
      await talk(meeting);
      controller.abort(new Error("enough"));
      await failed(meeting, "aborted: sent user_canceled");
      expectEqual(alertsOf(meeting), ["warning close_notify under application"], "the client's alerts");
    },
  },
  {
    name: "an abort before it has begun ends it",
    rules: [],
    run: async (harness) => {
      const meeting = await meet(harness, { client: { signal: AbortSignal.abort("never mind") } });
      await within("the client is closed", meeting.client.closing);
      expectEqual(meeting.client.error?.code, "aborted", "the error");
      await within("the server saw the end", meeting.lab.done);
      expectEqual(meeting.lab.seen.records.length, 0, "records that the client sent");
    },
  },
  {
    name: "an abort after the end changes nothing",
    rules: [],
    run: async (harness) => {
      const controller = new AbortController();
      const meeting = await meet(harness, { client: { signal: controller.signal } });
      await opened(meeting);
      await closeCleanly(meeting);
      controller.abort();
      expectEqual(meeting.client.told.includes("failed"), false, "failed");
    },
  },
  {
    name: "a handshake that takes too long ends with user_canceled",
    rules: ["6.1/3"],
    run: async (harness) => {
      const meeting = await meet(harness, {
        client: { handshakeTimeout: 30, verifier: () => new Promise(() => {}) },
      });
      await failed(meeting, "timeout: sent user_canceled");
      expectEqual(
        alertsOf(meeting).map((one) => one.split(" under")[0]),
        ["warning user_canceled", "warning close_notify"],
        "the client's alerts",
      );
    },
  },
  {
    name: "the limit is for the handshake only",
    rules: [],
    run: async (harness) => {
      const meeting = await meet(harness, { client: { handshakeTimeout: 2_000_000_000 } });
      await opened(meeting);
      await closeCleanly(meeting);
    },
  },
  {
    name: "close() says close_notify and waits for nothing",
    rules: ["6.1/6"],
    run: async (harness) => {
      const meeting = await meet(harness, { server: { answerClose: false } });
      await opened(meeting);
      await talk(meeting);
      const { client, connection, lab } = meeting;
      connection.close();
      connection.close();
      await within("the client is closed", client.closing);
      await within("the server saw the end", lab.done);
      expectEqual(alertsOf(meeting), ["warning close_notify under application"], "the client's alerts");
      expectEqual(client.error, undefined, "the error");
      expectEqual(client.told.at(-1), "closed", "what the client's face was told last");
    },
  },
  {
    name: "close() during the handshake gives it up",
    rules: ["6.1/3"],
    run: async (harness) => {
      let meeting: Meeting | undefined;
      meeting = await meet(harness, {
        client: {
          verifier: () => {
            meeting?.connection.close();
            return new Promise(() => {});
          },
        },
      });
      await failed(meeting, "aborted: sent user_canceled");
    },
  },
];

const overtaking: readonly Case[] = [
  {
    name: "an alert is heard at once while a verifier works, which is told to stop",
    rules: ["6/2", "6.2/2"],
    run: async (harness) => {
      let stopped: unknown = "not told";
      const meeting = await meet(harness, {
        client: {
          verifier: ({ signal }) => {
            signal.addEventListener("abort", () => {
              stopped = (signal.reason as { code: string }).code;
            });
            return new Promise(() => {});
          },
        },
        bends: { script: after("CertificateVerify", alert("handshake_failure")) },
      });
      await failed(meeting, "alert_received: received handshake_failure");
      expectEqual(stopped, "alert_received", "what the verifier was told");
    },
  },
  {
    name: "the end of the stream is heard at once while a verifier works",
    rules: ["truncated"],
    run: async (harness) => {
      const meeting = await meet(harness, {
        client: { verifier: () => new Promise(() => {}) },
        bends: { script: (script) => [...upTo("CertificateVerify")(script), end] },
      });
      await failed(meeting, "truncated: undefined undefined");
    },
  },
  {
    name: "a verifier that answers after the connection has failed is not listened to",
    rules: [],
    run: async (harness) => {
      let answer: (() => void) | undefined;
      const meeting = await meet(harness, {
        client: {
          verifier: async (presented) => {
            await new Promise<void>((resolve) => {
              answer = resolve;
            });
            return believer(presented);
          },
        },
        bends: { script: after("CertificateVerify", alert("handshake_failure")) },
      });
      await failed(meeting, "alert_received: received handshake_failure");
      answer?.();
      // A turn of the event loop, in which the answer would be seen.
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
      expectEqual(meeting.client.told, ["failed", "closed"], "what the client's face was told");
    },
  },
  {
    name: "what a callback throws ends the connection with internal_error",
    rules: ["6.2/3", "internal_error"],
    run: async (harness) => {
      for (const which of ["keyLog", "trace", "verifier"] as const) {
        const meeting = await meet(harness, {
          client: {
            [which]: () => {
              throw new Error("a bug of the application's");
            },
          },
        });
        await failed(meeting, "internal_error: sent internal_error");
        expectEqual(
          meeting.lab.seen.alerts.map(({ level, name }) => `${level} ${name}`),
          ["fatal internal_error"],
          `the alerts where ${which} throws`,
        );
      }
    },
  },
];

export const cases: readonly Case[] = [...ending, ...giveUp, ...overtaking];

import { data, type Script } from "../../lab/script.ts";
import type { AlertName } from "../../src/wire/alerts.ts";
import { type Bytes, fromAscii, toLatin1 } from "../../src/wire/bytes.ts";
import type { TlsErrorCode } from "../../src/wire/error.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { type Case, expectEqual, within } from "./case.ts";
import { type Client, closeCleanly, type Meeting, meet, opened, type Wishes } from "./meeting.ts";

export interface MisdeedRow extends Wishes {
  readonly name: string;
  /** Ids of rules; where the misdeed breaks none, the code of the error. */
  readonly rules: readonly string[];
  readonly code: TlsErrorCode;
  readonly alert: AlertName;
  /** What the server does once the connection is open. */
  readonly steps: Script;
}

/** A server that misbehaves on an open connection: the client tells it so with one fatal alert, its last record. */
export function misdeed({ name, rules, code, alert, steps, ...wishes }: MisdeedRow): Case {
  return {
    name,
    rules,
    run: async (harness) => {
      const meeting = await meet(harness, wishes);
      await opened(meeting);
      await talk(meeting);
      const { client, lab } = meeting;
      const before = toLatin1(client.content);
      await lab.perform(...steps);
      await failed(meeting, `${code}: sent ${alert}`);
      expectEqual(
        lab.seen.alerts.map(({ level, name, epoch }) => ({ level, name, epoch })),
        [{ level: "fatal", name: alert, epoch: "application" }],
        "the client's alerts",
      );
      expectEqual(lab.seen.records.at(-1)?.type, contentTypes.alert, "the type of the last record");
      expectEqual(toLatin1(client.content), before, "the data after the misdeed");
    },
  };
}

let said = 0;

/** Application data both ways, as often as one likes. */
export async function talk({ connection, client, lab }: Meeting): Promise<void> {
  const text = (who: string): Bytes => fromAscii(`${who} ${++said}`);
  const [mine, theirs] = [text("client"), text("server")];
  connection.write(mine, () => {});
  const arrived = lab.seen.until(() => endsWith(lab.seen.data, mine));
  await within("the client's data has come", arrived);
  await lab.perform(data(theirs));
  await within("the server's data has come", heard(client, theirs));
}

const endsWith = (bytes: Bytes, end: Bytes): boolean => toLatin1(bytes).endsWith(toLatin1(end));

/** Resolves once these bytes are the last that the client got. */
export async function heard(client: Client, end: Bytes): Promise<void> {
  while (!endsWith(client.content, end)) await client.contentOf(client.content.length + 1);
}

/** The client fails with this, `code: direction alert`, and closes. */
export async function failed({ client, lab, connection }: Meeting, expected: string): Promise<void> {
  await within(`the client fails with ${expected}`, client.closing);
  const { error } = client;
  expectEqual(
    error === undefined ? "no error" : `${error.code}: ${error.alert?.direction} ${error.alert?.name}`,
    expected,
    error?.message ?? "the client closed without an error",
  );
  // What it is asked for now leaves no more.
  connection.write(fromAscii("too late"), () => {});
  connection.end();
  await within("the server saw the end", lab.done);
  if (lab.failure !== undefined) throw lab.failure;
  expectEqual(lab.seen.unreadable, 0, "records that the server could not open");
  expectEqual(client.told.slice(-2), ["failed", "closed"], "what the client's face was told last");
}

export interface HarmlessRow extends Wishes {
  readonly name: string;
  readonly rules: readonly string[];
  readonly steps: Script;
  readonly check?: (meeting: Meeting) => void | Promise<void>;
}

/** What a server may do on an open connection: everything goes on as before. */
export function harmless({ name, rules, steps, check, ...wishes }: HarmlessRow): Case {
  return {
    name,
    rules,
    run: async (harness) => {
      const meeting = await meet(harness, wishes);
      await opened(meeting);
      await talk(meeting);
      await meeting.lab.perform(...steps);
      await talk(meeting);
      await check?.(meeting);
      await talk(meeting);
      await closeCleanly(meeting);
    },
  };
}

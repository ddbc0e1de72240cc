import type { MessageName } from "../../src/messages/handshake.ts";
import { type Bytes, fromHex, toHex } from "../../src/wire/bytes.ts";
import { type ChainName, chainNames } from "./certificates.ts";
import type { Change, Inserted, MessageAt, Side } from "./run.ts";
import { type ScenarioId, scenarioIds } from "./scenarios.ts";

/** All that the page shows, but for how it looks: what a link to it has to say. */
export interface PageState {
  readonly scenario: ScenarioId;
  readonly changes: readonly Change[];
  /** The message that is open, and the byte of it that is meant. */
  readonly selected: SelectedByte | undefined;
  /** The run beside it. */
  readonly compared: ScenarioId | undefined;
}

export interface SelectedByte extends MessageAt {
  readonly from: Side;
  readonly offset: number | undefined;
}

/** An address that says nothing which this page can show. */
export class AddressError extends Error {
  override readonly name = "AddressError";
  readonly code = "bad_address";
}

/** What a server can send. */
const serverMessages = [
  "HelloRetryRequest",
  "ServerHello",
  "EncryptedExtensions",
  "CertificateRequest",
  "Certificate",
  "CertificateVerify",
  "Finished",
  "NewSessionTicket",
  "KeyUpdate",
] as const satisfies readonly MessageName[];
const clientMessages = [
  "ClientHello",
  "EndOfEarlyData",
  "Certificate",
  "CertificateVerify",
  "Finished",
  "KeyUpdate",
] as const satisfies readonly MessageName[];

const inserted: readonly Inserted[] = [
  "change_cipher_spec",
  "application_data",
  "user_canceled",
  "close_notify",
  "KeyUpdate",
];

/** More than that nobody points at by hand, and no browser takes for certain. */
const maxChanges = 64;
const maxNumber = 0xffffff;

/**
 * The fragment of a page's address, without the number sign: parts with ampersands between them, the scenario first.
 *
 *     full                                      nothing is changed
 *     full&Finished@4=00ff                      bytes 4 and 5 of the server's Finished
 *     full&double:NewSessionTicket&NewSessionTicket.1@6=ff    the second ticket alone
 *     full&Finished@4~01                        the last bit of byte 4 turned over
 *     full&drop:Finished · swap:ServerHello,Finished · truncate:Certificate,40
 *     full&insert:Certificate@20,change_cipher_spec · append:ServerHello,08
 *     full&certificates:expired · record:3@7=ff · cut:4 · ticket:used
 *     full&at=client.ClientHello@38&with=hrr    a byte that is meant, and the scenario beside it
 */
export function addressOf({ scenario, changes, selected, compared }: PageState): string {
  return [
    scenario,
    ...changes.map(changeText),
    ...(selected === undefined ? [] : [`at=${selectedText(selected)}`]),
    ...(compared === undefined ? [] : [`with=${compared}`]),
  ].join("&");
}

/**
 * @param fragment with or without its number sign; an empty one is the full handshake
 * @throws AddressError
 */
export function parseAddress(fragment: string): PageState {
  const [first = "", ...parts] = decoded(fragment.replace(/^#/, "")).split("&");
  const scenario = scenarioNamed(first === "" ? "full" : first);
  const changes: Change[] = [];
  let selected: SelectedByte | undefined;
  let compared: ScenarioId | undefined;
  for (const part of parts) {
    if (part.startsWith("at=")) {
      if (selected !== undefined) throw bad(part, "a second place");
      selected = parseSelected(part.slice(3));
    } else if (part.startsWith("with=")) {
      if (compared !== undefined) throw bad(part, "a second scenario to compare with");
      compared = scenarioNamed(part.slice(5));
    } else {
      changes.push(parseChange(part));
      if (changes.length > maxChanges) throw bad(part, `more than ${maxChanges} changes`);
    }
  }
  return { scenario, changes, selected, compared };
}

/** A change, as it stands in an address. */
export function changeText(change: Change): string {
  switch (change.kind) {
    case "bytes":
      return `${messageText(change.message)}@${change.offset}=${toHex(change.bytes)}`;
    case "flip":
      return `${messageText(change.message)}@${change.offset}~${toHex(change.bytes)}`;
    case "drop":
    case "double":
      return `${change.kind}:${messageText(change.message)}`;
    case "swap":
      return `swap:${messageText(change.message)},${messageText(change.with)}`;
    case "truncate":
      return `truncate:${messageText(change.message)},${change.length}`;
    case "insert":
      return `insert:${messageText(change.message)}@${change.offset},${change.what}`;
    case "append":
      return `append:${messageText(change.message)},${toHex(change.bytes)}`;
    case "certificates":
      return `certificates:${change.chain}`;
    case "record":
      return `record:${change.record}@${change.offset}=${toHex(change.bytes)}`;
    case "cut":
      return `cut:${change.records}`;
    case "ticket":
      return `ticket:${change.state}`;
  }
}

/** @throws AddressError */
export function parseChange(text: string): Change {
  const [, kind = "bytes", rest = ""] = /^(?:([a-z]+):)?(.*)$/s.exec(text) ?? [];
  switch (kind) {
    case "bytes": {
      const form = /^([^@=~,]+)@([^@=~,]+)([=~].+)$/;
      const [message, offset, change] = fields(
        text,
        rest,
        form,
        "Message@offset=bytes or Message@offset~bits",
      );
      const bytes = parseBytes(change.slice(1));
      const where = { message: parseMessage(message), offset: parseNumber(offset) };
      return change.startsWith("=") ? { kind: "bytes", ...where, bytes } : { kind: "flip", ...where, bytes };
    }
    case "drop":
    case "double":
      return { kind, message: parseMessage(rest) };
    case "swap": {
      const [message, other] = fields(text, rest, /^([^,]+),([^,]+)$/, "swap:Message,Message");
      return { kind, message: parseMessage(message), with: parseMessage(other) };
    }
    case "truncate": {
      const [message, length] = fields(text, rest, /^([^,]+),([^,]+)$/, "truncate:Message,length");
      return { kind, message: parseMessage(message), length: parseNumber(length) };
    }
    case "insert": {
      const [message, offset, what] = fields(
        text,
        rest,
        /^([^@,]+)@([^@,]+),([^@,]+)$/,
        "insert:Message@offset,what",
      );
      return {
        kind,
        message: parseMessage(message),
        offset: parseNumber(offset),
        what: oneOf(inserted, what),
      };
    }
    case "append": {
      const [message, bytes] = fields(text, rest, /^([^,]+),([^,]+)$/, "append:Message,bytes");
      return { kind, message: parseMessage(message), bytes: parseBytes(bytes) };
    }
    case "certificates":
      return { kind, chain: oneOf<ChainName>(chainNames, rest) };
    case "record": {
      const [record, offset, bytes] = fields(
        text,
        rest,
        /^([^@=]+)@([^@=]+)=([^@=]+)$/,
        "record:number@offset=bytes",
      );
      return { kind, record: parseNumber(record), offset: parseNumber(offset), bytes: parseBytes(bytes) };
    }
    case "cut":
      return { kind, records: parseNumber(rest) };
    case "ticket":
      return { kind, state: oneOf(["used"] as const, rest) };
    default:
      throw bad(text, `no change is called ${kind}`);
  }
}

function selectedText({ from, name, nth, offset }: SelectedByte): string {
  return `${from}.${messageText({ name, nth })}${offset === undefined ? "" : `@${offset}`}`;
}

function parseSelected(text: string): SelectedByte {
  const [from, message, offset] = fields(
    text,
    text,
    /^(client|server)\.([^@]+)(?:@(.+))?$/,
    "side.Message@offset",
  );
  const side = from as Side;
  const at = parseMessage(message, side === "client" ? clientMessages : serverMessages);
  return { from: side, ...at, offset: offset === "" ? undefined : parseNumber(offset) };
}

function messageText({ name, nth }: MessageAt): string {
  return nth === 0 ? name : `${name}.${nth}`;
}

function parseMessage(text: string, names: readonly MessageName[] = serverMessages): MessageAt {
  const [name = "", nth, ...more] = text.split(".");
  if (more.length > 0) throw bad(text, "expected Message or Message.number");
  return { name: oneOf(names, name), nth: nth === undefined ? 0 : parseNumber(nth) };
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (!/^(0|[1-9]\d{0,7})$/.test(text) || number > maxNumber)
    throw bad(text, `expected a number up to ${maxNumber}`);
  return number;
}

function parseBytes(text: string): Bytes {
  if (!/^([0-9a-f]{2})+$/i.test(text)) throw bad(text, "expected pairs of hexadecimal digits");
  return fromHex(text);
}

function scenarioNamed(text: string): ScenarioId {
  return oneOf(scenarioIds, text);
}

function oneOf<T extends string>(names: readonly T[], text: string): T {
  const found = names.find((name) => name === text);
  if (found === undefined) throw bad(text, `expected one of ${names.join(", ")}`);
  return found;
}

/** The parts of a text; those that may be left out are empty. */
function fields(whole: string, text: string, form: RegExp, expected: string): [string, string, string] {
  const [, ...found] = form.exec(text) ?? [];
  if (found.length === 0) throw bad(whole, `expected ${expected}`);
  const [first = "", second = "", third = ""] = found;
  return [first, second, third];
}

/** Whoever passes an address on may have written its characters otherwise. */
function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    throw bad(fragment, "a percent sign with no two digits behind it");
  }
}

function bad(text: string, why: string): AddressError {
  return new AddressError(`this address can't be read, at ${JSON.stringify(text.slice(0, 80))}: ${why}`);
}

import type { MessageName } from "../../src/messages/handshake.ts";
import { codeRows, ruleRows, sectionTitles } from "./ruleData.ts";
import type { Side } from "./run.ts";

/** A line of this project's sources. */
export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

/** A rule of RFC 9846, as docs/rfc9846.md numbers it. */
export interface Rule {
  /** `4.3.8/11`: section and number. */
  readonly id: string;
  /** `MUST`, `SHOULD NOT` … ; `text` where the RFC uses no keyword. */
  readonly level: string;
  /** `server`: a duty of the server's that this client enforces. */
  readonly binds: "client" | "server";
  readonly when: "send" | "receive" | "derive" | "store" | "configure";
  /** What the RFC wants to be sent where the rule is broken; undefined where it names none. */
  readonly alert: string | undefined;
  readonly topic: string;
  readonly text: string;
  readonly section: string;
  readonly sectionTitle: string;
  /** By which this client reports that it was broken. */
  readonly codes: readonly string[];
  /** Where it is kept: lines that refuse what breaks it, or that name it in a comment. */
  readonly source: readonly SourceLine[];
}

/** An error code of this client's. */
export interface ErrorCode {
  readonly code: string;
  readonly alert: string;
  readonly rules: readonly string[];
  readonly source: readonly SourceLine[];
}

const codes: ReadonlyMap<string, ErrorCode> = new Map(
  codeRows.map(([code, alert, rules, places]) => [
    code,
    { code, alert, rules, source: places.map(sourceLine) },
  ]),
);

const rules: ReadonlyMap<string, Rule> = new Map(
  ruleRows.map(([id, level, binds, when, alert, topic, text, named, places]) => {
    const section = id.slice(0, id.lastIndexOf("/"));
    const refusals = named.flatMap((code) => codes.get(code)?.source ?? []);
    const rule: Rule = {
      id,
      level,
      binds: binds as Rule["binds"],
      when: when as Rule["when"],
      alert: alert ?? undefined,
      topic,
      text,
      section,
      sectionTitle: sectionTitles[section] ?? "",
      codes: named,
      // A comment that names the rule stands closer to it than a refusal that serves several.
      source: places.length > 0 ? places.map(sourceLine) : refusals,
    };
    return [id, rule];
  }),
);

export function ruleOf(id: string): Rule | undefined {
  return rules.get(id);
}

/** What stands behind an error of the client's; undefined where the server has done nothing wrong. */
export function errorCode(code: string): ErrorCode | undefined {
  return codes.get(code);
}

/** Topics of the rules that a message is held to: what a client sends, and what it judges where it comes. */
const topics: Readonly<Record<MessageName, readonly string[]>> = {
  ClientHello: [
    "client_hello",
    "version",
    "supported_groups",
    "key_share",
    "signature_algorithms",
    "cookie",
    "psk",
    "early_data",
    "extensions",
    "compatibility",
  ],
  HelloRetryRequest: ["hello_retry_request", "version", "cookie", "extensions"],
  ServerHello: ["server_hello", "version", "key_share", "psk", "key_schedule", "extensions"],
  EncryptedExtensions: ["encrypted_extensions", "supported_groups", "early_data", "extensions"],
  CertificateRequest: [
    "certificate_request",
    "certificate_authorities",
    "signature_algorithms",
    "extensions",
  ],
  Certificate: ["certificate", "signature_algorithms", "extensions"],
  CertificateVerify: ["certificate_verify", "signature_algorithms"],
  Finished: ["finished"],
  NewSessionTicket: ["new_session_ticket", "early_data"],
  KeyUpdate: ["key_update"],
  EndOfEarlyData: ["early_data"],
};

/** The rules that concern a message of one side, those of the message itself first. */
export function rulesFor(name: MessageName, from: Side): readonly Rule[] {
  const [first, ...others] = topics[name] as readonly [string, ...string[]];
  const judged = (rule: Rule): boolean =>
    from === "server" ? rule.when === "receive" || rule.when === "derive" : rule.when === "send";
  const all = [...rules.values()].filter(judged);
  return [first, ...others].flatMap((topic) => all.filter((rule) => rule.topic === topic));
}

function sourceLine(place: string): SourceLine {
  const colon = place.lastIndexOf(":");
  return { file: place.slice(0, colon), line: Number(place.slice(colon + 1)) };
}

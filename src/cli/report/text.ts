import type { EarlyDataReport } from "../../connection/earlyData.ts";
import type { ConnectionInfo } from "../../connection/info.ts";
import { equal } from "../../wire/bytes.ts";
import { certificateFacts } from "./certificates.ts";
import { chainRows } from "./chainRows.ts";
import type { Failure, Opened, Reporter, Target, Times } from "./reporter.ts";
import { type Row, rows } from "./rows.ts";
import { columns, printable, type Style, wrap } from "./style.ts";
import { traceLines } from "./traceText.ts";
import { circumstances, noteRows, profileInWords } from "./verdictText.ts";

/** For people: a summary of one screen, and before it each step where --trace asks for them. */
export function textReporter(write: (text: string) => void, style: Style, trace: boolean): Reporter {
  let blank = true;
  // Blocks bring their blank lines along; where two meet, one is enough.
  const lines = (all: readonly string[]): void => {
    for (const line of all) {
      if (line !== "" || !blank) write(`${line}\n`);
      blank = line === "";
    }
  };
  const steps = traceLines(style);
  return {
    tcp: (time, peer) => trace && lines(steps.tcp(time, peer)),
    starttls: (time, direction, line) => trace && lines(steps.starttls(time, direction, line)),
    event: (time, event) => trace && lines(steps.event(time, event)),
    opened: (time, opened) =>
      lines(opened.connection === 1 ? summary(opened, style, new Date()) : again(time, opened, style)),
    warning: (_time, message) => lines([`${style.yellow("tls13: warning:")} ${printable(message)}`]),
    failed: (_time, failure) => lines([...(trace ? [""] : []), ...failureLines(failure, style)]),
    closed: (time) => trace && lines(steps.closed(time)),
  };
}

/** What was agreed, and who the server is. */
export function summary(opened: Opened, style: Style, now: Date): readonly string[] {
  const { info, times, target, peer, isProfileAsked } = opened;
  const row = rows(style);
  const { identity } = info;
  const isVerified = identity?.verified === true;
  const chain = isVerified ? identity.path : info.certificates;
  return [
    "",
    `  ${style.bold(`${info.version} with ${printable(hostPort(target))}`)}${style.dim(` at ${peer}`)}`,
    "",
    ...trustRow(info, style, row),
    ...ruleRows(info, isProfileAsked, row),
    ...(info.resumed || opened.keepsSessions ? row("session", sessionWords(info)) : []),
    ...(info.earlyData === undefined ? [] : earlyDataRow(info.earlyData, style, row)),
    ...row("cipher suite", info.cipherSuite),
    ...row(
      "key exchange",
      `${info.group}${info.retried ? ", after the server asked for a second hello" : ""}`,
    ),
    ...(info.signatureScheme === undefined ? [] : row("signature", info.signatureScheme)),
    ...row("ALPN", info.alpn === undefined ? "none agreed" : printable(info.alpn)),
    ...(info.certificateRequested ? row("client", clientLine(info)) : []),
    "",
    ...chainRows(chain, isVerified, now, style, row),
    ...row("times, ms", timesLine(times)),
    "",
  ];
}

/** One line is enough for a connection to the same server. */
function again(time: number, { connection, info }: Opened, style: Style): readonly string[] {
  const said = [sessionWords(info)];
  if (info.earlyData !== undefined) said.push(`early data ${earlyDataWords(info.earlyData)}`);
  said.push(`${time.toFixed(1)} ms`);
  return rows(style)(`connection ${connection}`, said.join("; "));
}

function sessionWords({ resumed }: ConnectionInfo): string {
  return resumed ? "resumed" : "not resumed: a full handshake";
}

function earlyDataRow(report: EarlyDataReport, style: Style, row: Row): readonly string[] {
  const colour = report.outcome === "rejected" ? style.yellow : undefined;
  return row("early data", earlyDataWords(report), colour);
}

function earlyDataWords({ outcome, taken, returned }: EarlyDataReport): string {
  const left = `${returned.length} bytes`;
  switch (outcome) {
    case "accepted":
      return `accepted: ${taken} bytes${returned.length === 0 ? "" : `; ${left} more than the server takes were not sent`}`;
    case "rejected":
      return `rejected: the server took none of ${left}, and they are not sent again`;
    case "not_offered":
      return `not sent: there was no session to send ${left} with`;
  }
}

function clientLine({ clientCertificates: [own] }: ConnectionInfo): string {
  if (own === undefined) return "the server asked for a certificate; none was sent";
  const subject = certificateFacts(own)?.subject || "no subject";
  return `the server asked for a certificate; it was sent that of ${printable(subject)}`;
}

function trustRow(info: ConnectionInfo, style: Style, row: Row): readonly string[] {
  const { identity, serverName, pskIdentity } = info;
  if (identity === undefined) {
    const key = pskIdentity === undefined ? "" : ` called ${printable(toUtf8(pskIdentity))}`;
    const text = `by a key that both sides were given (PSK)${key}; no certificate was shown`;
    return row("verified", text, style.green);
  }
  if (!identity.verified) {
    const loud = (text: string): string => style.bold(style.red(text));
    return row("NOT VERIFIED", "nothing was checked (--insecure): this may be anybody", loud);
  }
  const text = `${printable(serverName)}, on the word of ${printable(identity.vouchedBy)}`;
  return row("verified", text, style.green);
}

function toUtf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** What it was held to, and what was found out besides. */
function ruleRows({ identity }: ConnectionInfo, isProfileAsked: boolean, row: Row): readonly string[] {
  if (identity === undefined) return [];
  const { profile, notes = [], path, anchorKey, publicKey } = identity;
  if (profile === undefined) return [];
  const isItsOwn = path.length === 1 && anchorKey !== undefined && equal(anchorKey, publicKey.spki);
  return [
    ...row("profile", profileInWords(profile, isProfileAsked, undefined, isItsOwn)),
    ...noteRows(
      notes.map(({ detail }) => detail),
      row,
    ),
  ];
}

export function timesLine(times: Times): string {
  const steps: readonly (readonly [string, number | undefined])[] = [
    ["TCP", times.tcp],
    ["STARTTLS", times.starttls],
    ["hello sent", times.hello],
    ["second hello", times.retry],
    ["server's flight", times.server],
    ["verified", times.verified],
    ["finished", times.finished],
  ];
  return steps
    .flatMap(([name, time]) => (time === undefined ? [] : [`${name} ${time.toFixed(1)}`]))
    .join(" → ");
}

export function hostPort({ host, port }: Target): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

const prefix = "tls13: ";

export function failureLines(failure: Failure, style: Style): readonly string[] {
  const { code, message, alert, rules, hint, judgement } = failure;
  const width = columns - prefix.length;
  const [first, ...more] = wrap(printable(message), width) as [string, ...string[]];
  const facts = [`code ${code}`];
  if (alert !== undefined) facts.push(`alert ${alert.name} (${alert.direction})`);
  if (rules.length > 0)
    facts.push(`RFC 9846 rule${rules.length > 1 ? "s" : ""} ${rules.slice(0, 3).join(", ")}`);
  const indented = (lines: readonly string[]): string[] =>
    lines.map((line) => `${" ".repeat(prefix.length)}${line}`);
  return [
    `${style.red(prefix)}${style.bold(first)}`,
    ...indented(more),
    ...indented(wrap(facts.join(" · "), width).map(style.dim)),
    ...(hint === undefined ? [] : indented(hintLines(printable(hint), width - 2))),
    ...(judgement === undefined ? [] : ["", ...circumstances(judgement, style), ""]),
  ];
}

function hintLines(hint: string, width: number): string[] {
  return wrap(hint, width).map((line, i) => `${i === 0 ? "→" : " "} ${line}`);
}

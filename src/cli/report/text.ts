import type { EarlyDataReport } from "../../connection/earlyData.ts";
import type { ConnectionInfo } from "../../connection/info.ts";
import { type CertificateFacts, certificateFacts, day, validity } from "./certificates.ts";
import type { Failure, Opened, Reporter, Target, Times } from "./reporter.ts";
import { columns, printable, type Style, wrap } from "./style.ts";
import { traceLines } from "./traceText.ts";

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

const labelWidth = 13;

/** What was agreed, and who the server is. */
export function summary(opened: Opened, style: Style, now: Date): readonly string[] {
  const { info, times, target, peer } = opened;
  const row = rows(style);
  return [
    "",
    `  ${style.bold(`${info.version} with ${printable(hostPort(target))}`)}${style.dim(` at ${peer}`)}`,
    "",
    ...trustRow(info, style, row),
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
    ...chainRows(info, now, style, row),
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

type Row = (label: string, text: string, colour?: (text: string) => string) => readonly string[];

function rows(style: Style): Row {
  return (label, text, colour = (plain) => plain) =>
    wrap(text, columns - labelWidth - 3).map((line, i) => {
      const name = (i === 0 ? label : "").padEnd(labelWidth);
      return `  ${style.dim(name)} ${colour(line)}`;
    });
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

/** The path that was believed; where nothing was, what the server sent. */
function chainRows(
  { identity, certificates }: ConnectionInfo,
  now: Date,
  style: Style,
  row: Row,
): readonly string[] {
  const chain = identity?.verified === true ? identity.path : certificates;
  return chain.flatMap((der, i) => {
    const facts = certificateFacts(der);
    if (facts === undefined)
      return row(i === 0 ? "certificate" : "", `${der.length} bytes that can't be read`);
    const anchor = i > 0 && i === chain.length - 1 && identity?.verified === true;
    const label = i === 0 ? "certificate" : anchor ? "trusted root" : "issued by";
    return i === 0 ? leafRows(facts, now, style, row) : laterRows(label, facts, now, style, row);
  });
}

function leafRows(facts: CertificateFacts, now: Date, style: Style, row: Row): readonly string[] {
  return [
    ...row("certificate", printable(facts.subject) || "(no subject)"),
    ...row("  for", shortened(facts.names.map(printable))),
    ...row("  valid", validity(facts, now), soon(facts, now, style)),
    ...row("  key", facts.key),
    ...row("  issuer", printable(facts.issuer)),
  ];
}

function laterRows(
  label: string,
  facts: CertificateFacts,
  now: Date,
  style: Style,
  row: Row,
): readonly string[] {
  return [
    ...row(label, printable(facts.subject) || "(no subject)"),
    ...row("", `until ${day(facts.notAfter)}, ${facts.key}`, soon(facts, now, style)),
  ];
}

const twoWeeks = 14 * 86_400_000;

function soon({ notAfter }: CertificateFacts, now: Date, style: Style): (text: string) => string {
  return notAfter.getTime() - now.getTime() < twoWeeks ? style.yellow : (text) => text;
}

const namesShown = 8;

/** One screen is one screen: some certificates are for hundreds of names. */
function shortened(names: readonly string[]): string {
  if (names.length === 0) return "no names";
  const shown = names.slice(0, namesShown).join(", ");
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
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
  const { code, message, alert, rules, hint } = failure;
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
  ];
}

function hintLines(hint: string, width: number): string[] {
  return wrap(hint, width).map((line, i) => `${i === 0 ? "→" : " "} ${line}`);
}

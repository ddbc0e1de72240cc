import type { ConnectionInfo } from "../../connection/info.ts";
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
    opened: (_time, opened) => lines(summary(opened, style, new Date())),
    warning: (_time, message) => lines([`${style.yellow("tls13: warning:")} ${printable(message)}`]),
    failed: (_time, failure) => lines([...(trace ? [""] : []), ...failureLines(failure, style)]),
    closed: (time) => trace && lines(steps.closed(time)),
  };
}

/** What was agreed, and who the server is. */
export function summary(
  { info, times, target, peer, isProfileAsked }: Opened,
  style: Style,
  now: Date,
): readonly string[] {
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

function clientLine({ clientCertificates: [own] }: ConnectionInfo): string {
  if (own === undefined) return "the server asked for a certificate; none was sent";
  const subject = certificateFacts(own)?.subject || "no subject";
  return `the server asked for a certificate; it was sent that of ${printable(subject)}`;
}

function trustRow(info: ConnectionInfo, style: Style, row: Row): readonly string[] {
  const { identity, serverName, resumed } = info;
  if (identity === undefined) {
    return row(
      "verified",
      "by a key that both sides were given (PSK); no certificate was shown",
      style.green,
    );
  }
  if (!identity.verified) {
    const loud = (text: string): string => style.bold(style.red(text));
    return row("NOT VERIFIED", "nothing was checked (--insecure): this may be anybody", loud);
  }
  const text = `${printable(serverName)}, on the word of ${printable(identity.vouchedBy)}${resumed ? "; a session was resumed" : ""}`;
  return row("verified", text, style.green);
}

/** What it was held to, and what was found out besides. */
function ruleRows({ identity }: ConnectionInfo, isProfileAsked: boolean, row: Row): readonly string[] {
  if (identity === undefined) return [];
  const { profile, notes = [] } = identity;
  if (profile === undefined) return [];
  return [
    ...row("profile", profileInWords(profile, isProfileAsked, undefined)),
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

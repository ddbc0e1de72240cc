import { type AlertName, alertCodes, alertName } from "../wire/alerts.ts";
import type { Bytes } from "../wire/bytes.ts";
import { peerError } from "../wire/error.ts";

const warning = 1;
const fatal = 2;

/** RFC 9846 §6/7, §6.1/2: the closure alerts are warnings, all others are fatal. */
export function alertLevel(name: AlertName): number {
  return name === "close_notify" || name === "user_canceled" ? warning : fatal;
}

export function encodeAlert(name: AlertName): Bytes {
  return new Uint8Array([alertLevel(name), alertCodes[name]]);
}

export interface ReceivedAlert {
  /** Kept for those who watch: nothing depends on it (RFC 9846 §6/8). */
  readonly level: number;
  readonly name: AlertName | `unknown_${number}`;
}

/** @throws TlsError `not_one_alert` */
export function decodeAlert(content: Uint8Array): ReceivedAlert {
  // RFC 9846 §5.1/11
  if (content.length !== 2) {
    throw peerError("not_one_alert", { expected: "2 bytes", got: `${content.length}` });
  }
  const [level, code] = content as unknown as [number, number];
  return { level, name: alertName(code) };
}

const duringHandshake: Partial<Record<string, string>> = {
  protocol_version: "the server refused TLS 1.3: it seems to speak older versions only",
  handshake_failure:
    "the server found nothing in common with what was offered (it may speak older versions of TLS only)",
  unrecognized_name: "the server does not know the name asked for",
  no_application_protocol: "the server speaks none of the application protocols offered",
  certificate_required: "the server demands a client certificate",
  close_notify: "the server closed the connection before the handshake was done",
};

/** What an alert of the server's means, for the error's message. */
export function explainAlert(name: ReceivedAlert["name"], opened: boolean): string {
  const words = opened ? undefined : duringHandshake[name];
  return `the server sent the alert ${name}${words === undefined ? "" : `: ${words}`}`;
}

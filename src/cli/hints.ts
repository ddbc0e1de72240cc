import { isIP } from "node:net";
import type { ConnectCommand } from "./connectArguments.ts";
import type { Judgement } from "./judgement.ts";
import { adviceFor } from "./report/advice.ts";

export interface FailureContext {
  readonly command: ConnectCommand;
  readonly code: string;
  readonly message: string;
  readonly alert: string | undefined;
  /** What the system said: ECONNREFUSED, ENOTFOUND … */
  readonly systemCode: string | undefined;
  readonly tcpStood: boolean;
  /** Where the certificate is not trusted. */
  readonly judgement: Judgement | undefined;
}

/** What to do about a failure; undefined where nobody but the server can do anything. */
export function hintFor(context: FailureContext): string | undefined {
  if (!context.tcpStood) return unreachable(context);
  if (context.judgement !== undefined) return adviceFor(context.judgement, "connect");
  return byCode[context.code]?.(context) ?? (context.alert && byAlert[context.alert]?.(context));
}

type Hint = (context: FailureContext) => string | undefined;

const olderVersion: Hint = () =>
  "this program speaks TLS 1.3 and nothing older; the server needs to be updated, or to have TLS 1.3 switched on";

const byCode: Readonly<Record<string, Hint>> = {
  tls13_not_negotiated: olderVersion,
  downgrade_detected: () =>
    "somebody between here and the server may be taking TLS 1.3 out of the conversation",
  unexpected_record_type: notTls,
  truncated: () =>
    "the server, or something on the way, cut the connection; HTTP servers end cleanly when asked to (Connection: close)",
  timeout: ({ command }) =>
    command.starttls === undefined
      ? "the server accepts connections and says nothing; if it waits for clear text first, see --starttls; else --timeout"
      : "the server accepts connections and says nothing; --timeout waits longer",
  starttls_refused: ({ command }) =>
    `TLS is not to be had here by way of ${command.starttls}; another port may have it`,
  starttls_injected: () => "nothing that came before TLS can be believed, so the connection was ended",
  starttls_malformed: notTls,
};

const byAlert: Readonly<Record<string, Hint>> = {
  protocol_version: olderVersion,
  handshake_failure: ({ command }) =>
    command.cipherSuites || command.groups || command.keyShares || command.signatureSchemes
      ? "try without --ciphers, --groups, --key-shares and --sigalgs: they narrow what is offered"
      : undefined,
  unrecognized_name: () => "ask for a name that the server has: --servername NAME",
  no_application_protocol: ({ command }) =>
    command.alpn && `it was offered ${command.alpn.join(", ")}; try other names, or none, with --alpn`,
  // OpenSSL's word for a binder that does not fit.
  illegal_parameter: wrongKey,
  decrypt_error: wrongKey,
  unknown_psk_identity: wrongKey,
  certificate_required: ({ command }) =>
    command.certFile === undefined
      ? "the server asks clients for a certificate: --cert FILE, --key FILE"
      : "the server asked for another certificate than that of --cert, which was not sent; --trace shows the request",
};

function wrongKey({ command }: FailureContext): string | undefined {
  return command.psk && "the server knows another key, or none, under this --psk-identity";
}

function notTls({ message, command }: FailureContext): string | undefined {
  if (command.starttls !== undefined) return `is this the right port for ${command.starttls}?`;
  if (/HTTP/.test(message)) return "this port speaks HTTP without TLS; TLS is often on port 443";
  return "this port does not seem to speak TLS; if TLS is agreed on in clear text first, see --starttls";
}

function unreachable({ command, systemCode, code }: FailureContext): string | undefined {
  switch (systemCode) {
    case "ENOTFOUND":
      return isIP(command.host) === 0
        ? `there is no such host: is ${command.host} spelled right?`
        : undefined;
    case "EAI_AGAIN":
      return "names can't be looked up at the moment: is there a network?";
    case "ECONNREFUSED":
      return `nothing listens on port ${command.port} there`;
    case "ENETUNREACH":
    case "EHOSTUNREACH":
      return "there is no way to that address from here";
  }
  return code === "timeout" || code === "connect_failed"
    ? "a firewall may be in the way; --timeout waits longer"
    : undefined;
}

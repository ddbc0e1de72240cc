import { imap } from "./imap.ts";
import { postgres } from "./postgres.ts";
import { smtp } from "./smtp.ts";

/** Protocols that begin in clear text: how TLS is asked for, and where servers listen for that. */
export const starttlsProtocols = {
  smtp: { agree: smtp, port: 25 },
  imap: { agree: imap, port: 143 },
  postgres: { agree: postgres, port: 5432 },
} as const;

export type StarttlsProtocol = keyof typeof starttlsProtocols;

/** What parseArgs of node:util is told; which command has which option is said below. */
export const options = {
  servername: { type: "string" },
  name: { type: "string" },
  ca: { type: "string", multiple: true },
  cert: { type: "string" },
  key: { type: "string" },
  "passphrase-file": { type: "string" },
  session: { type: "string" },
  "early-data": { type: "string" },
  "psk-identity": { type: "string" },
  psk: { type: "string" },
  "psk-hash": { type: "string" },
  reconnect: { type: "string" },
  profile: { type: "string" },
  crl: { type: "string", multiple: true },
  ocsp: { type: "string" },
  purpose: { type: "string" },
  depth: { type: "string" },
  at: { type: "string" },
  alpn: { type: "string" },
  ciphers: { type: "string" },
  groups: { type: "string" },
  "key-shares": { type: "string" },
  sigalgs: { type: "string" },
  keylog: { type: "string" },
  trace: { type: "boolean" },
  json: { type: "boolean" },
  timeout: { type: "string" },
  insecure: { type: "boolean" },
  starttls: { type: "string" },
  version: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export type OptionName = keyof typeof options;

/** What was given, by the option's name. */
export type Values = {
  readonly [K in OptionName]?: (typeof options)[K] extends { readonly multiple: true }
    ? string[]
    : (typeof options)[K]["type"] extends "boolean"
      ? boolean
      : string;
};

export const commandNames = ["connect", "verify"] as const;
export type CommandName = (typeof commandNames)[number];

const ofAll: readonly OptionName[] = ["json", "version", "help"];

export const optionsOf: Readonly<Record<CommandName, readonly OptionName[]>> = {
  connect: [
    "servername",
    "ca",
    "cert",
    "key",
    "passphrase-file",
    "session",
    "early-data",
    "psk-identity",
    "psk",
    "psk-hash",
    "reconnect",
    "profile",
    "crl",
    "alpn",
    "ciphers",
    "groups",
    "key-shares",
    "sigalgs",
    "keylog",
    "trace",
    "timeout",
    "insecure",
    "starttls",
    ...ofAll,
  ],
  verify: ["name", "ca", "profile", "purpose", "crl", "ocsp", "depth", "at", ...ofAll],
};

import type { MessageName } from "../src/messages/handshake.ts";

export interface Lesson {
  /** What the message is for. */
  readonly what: string;
  /** Why it can be believed, or why it need not be yet. */
  readonly why: string;
  /** Fields worth a look, by their path in the dissected message, and what to call them. */
  readonly shown: Readonly<Record<string, string>>;
}

/** Each message of a handshake, for somebody who has never seen one. */
export const lessons: Readonly<Partial<Record<`${"in" | "out" | "again"} ${MessageName}`, Lesson>>> = {
  "out ClientHello": {
    what: "We say what we can do and whom we want to reach, and send our half of a key exchange at once.",
    why: "All of it is in the clear; if somebody changes it on the way, the Finished messages will not fit.",
    shown: {
      "extensions.supported_versions": "versions",
      cipher_suites: "cipher suites",
      "extensions.supported_groups": "groups",
      "extensions.key_share.[0].group": "half a key in",
      "extensions.server_name.[0].name": "server name",
      "extensions.application_layer_protocol_negotiation": "protocols",
    },
  },
  "in HelloRetryRequest": {
    what: "The server would rather do the key exchange in another group, and asks us to say hello again.",
    why: "It may ask only for a group that we offered and sent no half for; and it may ask once.",
    shown: { "extensions.key_share": "wanted" },
  },
  "again ClientHello": {
    what: "The same hello once more, with half of a key exchange in the group that the server wants.",
    why: "Nothing else of it may change, so that both hellos can be vouched for together.",
    shown: { "extensions.key_share.[0].group": "half a key in" },
  },
  "in ServerHello": {
    what: "The server chooses from what we offered, and sends its half of the key exchange.",
    why: "Each choice is one that we offered. Who it was that chose is still to be shown.",
    shown: {
      "extensions.supported_versions": "version",
      cipher_suite: "cipher suite",
      "extensions.key_share.group": "half a key in",
    },
  },
  "in EncryptedExtensions": {
    what: "The rest of the server's answers, which nobody on the way can read any more.",
    why: "It opened with keys that only the two halves together give, and answers nothing that was not asked.",
    shown: { "extensions.application_layer_protocol_negotiation": "protocol" },
  },
  "in CertificateRequest": {
    what: "The server would like to see a certificate of ours. We have none, and will say so.",
    why: "Asking does no harm; what it may ask for is checked.",
    shown: { "extensions.signature_algorithms": "may be signed" },
  },
  "in Certificate": {
    what: "The server says who it is: its certificate, and those that lead from there to a root.",
    why: "Anybody can copy a certificate. First we look whether this one is good, and for the right name:",
    shown: {},
  },
  "in CertificateVerify": {
    what: "The server signs a hash of all that was said so far with the key in its certificate.",
    why: "Only the holder of that key can sign, and only this conversation has that hash: so it is no copy.",
    shown: { algorithm: "signed with" },
  },
  "in Finished": {
    what: "A checksum over the whole handshake, which only somebody with the keys can make.",
    why: "We computed the same, so neither side was told anything else than what the other said.",
    shown: {},
  },
  "out Certificate": {
    what: "An empty list: we have no certificate to show.",
    why: "The server decides whether it talks to strangers.",
    shown: {},
  },
  "out Finished": {
    what: "The same checksum from our side: now the server knows it, too.",
    why: "It covers the server's Finished as well, so both sides agree on every byte.",
    shown: {},
  },
  "in NewSessionTicket": {
    what: "A ticket with which a later connection could begin where this one ended.",
    why: "It came under the keys of a server that we trust. A program that keeps sessions would use it, once; this demo keeps none.",
    shown: { ticket_lifetime: "good for" },
  },
  "in KeyUpdate": {
    what: "The server moves on to new keys.",
    why: "It came under the old ones, and the new ones follow from them.",
    shown: {},
  },
};

/** What new keys mean. */
export const keyLessons = {
  "in handshake":
    "The two halves give a secret that no listener can compute. From here on the server's bytes are encrypted.",
  "out handshake": "Ours as well.",
  "in application": "New keys for the data itself; those of the handshake have done their work.",
  "out application": "Ours as well. What we send now reaches a server that we know.",
} as const;

/** Checks of a certificate that are worth a line each, as what they say of it. */
export const checkLessons: Readonly<Record<string, string>> = {
  parsed: "reads as a certificate, to the last byte",
  authority: "may sign other certificates",
  purpose: "is meant for servers",
  name: "is for the name that we want to reach",
  dates: "is valid today",
  signature: "bears a good signature of the one above it",
  anchor: "is a root that we trust",
};

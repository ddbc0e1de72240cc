import type { MessageName } from "../../../src/messages/handshake.ts";
import type { RunKeys, Side } from "../run.ts";

/** What each message is for, in a sentence, and where RFC 9846 tells of it. */
export const messageWords: Readonly<
  Record<MessageName, { readonly section: string; readonly says: string }>
> = {
  ClientHello: {
    section: "4.2.2",
    says: "The client says what it can do, and sends its half of the key exchange along in the hope that the server likes it.",
  },
  ServerHello: {
    section: "4.2.3",
    says: "The server chooses: one version, one suite, one group. From here on both sides can make the handshake keys.",
  },
  HelloRetryRequest: {
    section: "4.2.4",
    says: "The server would go on with a group for which no share came. It is a ServerHello with a well-known random.",
  },
  EncryptedExtensions: {
    section: "4.4.1",
    says: "Answers to the client's extensions that the keys do not depend on, the first thing that is encrypted.",
  },
  CertificateRequest: {
    section: "4.4.2",
    says: "The server wants to know who the client is, and says which signatures it can check.",
  },
  Certificate: {
    section: "4.5.1",
    says: "Who somebody claims to be: a certificate and those that vouch for it. A claim, so far.",
  },
  CertificateVerify: {
    section: "4.5.2",
    says: "The proof: a signature over all that was said, which only the holder of the certificate's key can make.",
  },
  Finished: {
    section: "4.5.3",
    says: "A MAC over the whole conversation. If anybody changed a byte on the way, it does not come out right.",
  },
  EndOfEarlyData: {
    section: "4.6",
    says: "The client's early data ends here; what follows is under the handshake keys.",
  },
  NewSessionTicket: {
    section: "4.7.1",
    says: "A ticket to come back with: the next connection can start from a secret of this one.",
  },
  KeyUpdate: {
    section: "4.7.3",
    says: "The sender's next record is under new keys, made from the old ones, which are then forgotten.",
  },
};

const epochs = {
  none: "in the clear",
  early: "under early keys",
  handshake: "under handshake keys",
  application: "under application keys",
} as const;

export function underKeys({ epoch, generation }: RunKeys): string {
  return generation === 0 ? epochs[epoch] : `${epochs[epoch]}, generation ${generation}`;
}

export function keysName({ epoch, generation }: RunKeys): string {
  return generation === 0 ? epoch : `${epoch} ${generation}`;
}

export const otherSide: Readonly<Record<Side, Side>> = { client: "server", server: "client" };

/** 1472 as 1,472. The locale's own way of it costs the first view 40 ms, to be loaded. */
function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

const recordTypes: Readonly<Record<number, string>> = {
  20: "change_cipher_spec",
  21: "alert",
  22: "handshake",
  23: "application_data",
};

export function recordTypeName(type: number): string {
  return recordTypes[type] ?? `type ${type}`;
}

export function hex(value: number, digits = 2): string {
  return value.toString(16).padStart(digits, "0");
}

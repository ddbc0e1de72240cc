import type { LabContext } from "../../lab/context.ts";
import { honest } from "../../lab/honest.ts";
import type { ServerMessage } from "../../lab/options.ts";
import {
  advance,
  changeCipherSpec,
  keys,
  receive,
  record,
  type Script,
  type Step,
} from "../../lab/script.ts";
import { encodeExtension } from "../../src/messages/extensions/extension.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { encodeMessage, type MessageBody, type MessageName } from "../../src/messages/handshake.ts";
import { type Bytes, fromAscii } from "../../src/wire/bytes.ts";
import { contentTypes } from "../../src/wire/registry.ts";

/** What a server may say next, in its place or not. */
export type Letter =
  | MessageName
  | "unknown_type_0"
  | "unknown_type_254"
  | "application_data"
  | "change_cipher_spec";

/** Under which keys it is said: those that the client reads with at that place, or others. */
export interface Said {
  readonly letter: Letter;
  readonly under: Keys | "due";
}

export type Keys = "none" | "handshake" | "application";

export const cookie = new Uint8Array([0xc0, 0x0c, 0x1e]);
export const words = fromAscii("from the server. ");

/** The keys that a client reads with behind these letters, where it took them all. */
export function keysBehind(word: readonly Said[]): Keys {
  if (word.some(({ letter }) => letter === "Finished")) return "application";
  return word.some(({ letter }) => letter === "ServerHello") ? "handshake" : "none";
}

export interface Manner {
  /** Whether the server waits for the client's last flight before it goes on. */
  readonly waits: boolean;
  /** Whether the client sends early data that the server takes. */
  readonly takesEarlyData: boolean;
}

/** The steps of a server that says these letters, each as right as it can be where it stands. */
export function scriptOf(word: readonly Said[], { waits, takesEarlyData }: Manner): Script {
  const steps: Step[] = [];
  const answers: Step[] = [];
  const takes = takesEarlyData && word[0]?.letter === "ServerHello";
  if (takes) steps.push(keys("read", "early"));
  for (const [at, said] of word.entries()) {
    const before = word.slice(0, at);
    const due = keysBehind(before);
    const under = said.under === "due" ? due : said.under;
    steps.push(...stepsOf(said.letter, under, due));
    if (said.letter === "HelloRetryRequest" && due === "none") steps.push(receive("ClientHello"));
    if (said.letter === "ServerHello" && due === "none") {
      steps.push(keys("write", "handshake"));
      if (!takes) steps.push(keys("read", "handshake"));
    }
    if (said.letter === "Finished" && due === "handshake") {
      steps.push(keys("write", "application"));
      if (takes) answers.push(receive("EndOfEarlyData"), keys("read", "handshake"));
      if (before.some(({ letter }) => letter === "CertificateRequest")) {
        answers.push(receive("Certificate"), receive("CertificateVerify"));
      }
      answers.push(receive("Finished"), keys("read", "application"));
      if (waits) steps.push(...answers.splice(0));
    }
    if (said.letter === "KeyUpdate" && due === "application") steps.push(advance("write"));
  }
  return [...steps, ...answers];
}

function stepsOf(letter: Letter, under: Keys, due: Keys): readonly Step[] {
  if (letter === "change_cipher_spec") return [changeCipherSpec()];
  const otherKeys = under !== due && under !== "none" ? [keys("write", under)] : [];
  const sealed = under !== "none";
  if (letter === "application_data") {
    return [...otherKeys, record({ type: contentTypes.application_data, content: words, sealed })];
  }
  return [
    ...otherKeys,
    {
      name: letter,
      kind: "message",
      // RFC 9846 §4.1: what follows the handshake is no part of it.
      transcript: due !== "application",
      make: (context) => messageOf(letter, due, context),
      cut: (content) => [record({ type: contentTypes.handshake, content, sealed })],
    },
  ];
}

async function messageOf(
  letter: Exclude<Letter, "application_data" | "change_cipher_spec">,
  due: Keys,
  context: LabContext,
): Promise<Bytes> {
  switch (letter) {
    case "unknown_type_0":
      return new Uint8Array([0, 0, 0, 0]);
    case "unknown_type_254":
      return new Uint8Array([254, 0, 0, 1, 0]);
    case "ClientHello":
      return context.hello.bytes;
    case "EndOfEarlyData":
      return encodeMessage("EndOfEarlyData", {}).bytes;
    case "KeyUpdate":
      return encodeMessage("KeyUpdate", { requestUpdate: 0 }).bytes;
    case "Finished": {
      const body = due === "none" ? { verifyData: new Uint8Array(32) } : await honest.Finished(context);
      return encodeMessage("Finished", body).bytes;
    }
    case "HelloRetryRequest": {
      const body = await honest.HelloRetryRequest(context);
      const asks = context.choice.retry !== undefined;
      const bytes = encodeMessage("HelloRetryRequest", asks ? body : withCookie(body)).bytes;
      if (context.transcript.length === 1) context.restartTranscript();
      return bytes;
    }
    default: {
      const body = await honest[letter satisfies ServerMessage](context);
      return encodeMessage<MessageName>(letter, body as MessageBody<MessageName>).bytes;
    }
  }
}

/** A retry has to change something (RFC 9846 §4.2.4). */
function withCookie(body: MessageBody<"HelloRetryRequest">): MessageBody<"HelloRetryRequest"> {
  return {
    ...body,
    extensions: [...body.extensions, encodeExtension(table.cookie, "HelloRetryRequest", cookie)],
  };
}

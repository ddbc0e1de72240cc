import { decodeAlert } from "../../src/connection/alert.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { nothingOffered, readExtensions } from "../../src/handshake/client/extensions.ts";
import { dissect } from "../../src/messages/dissect.ts";
import { extensionTable } from "../../src/messages/extensions/table.ts";
import { decodeMessage, encodeMessage, type MessageName, messageName } from "../../src/messages/handshake.ts";
import { type Bytes, equal } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import { conversations } from "../peer/conversation.ts";
import type { CoverageTarget } from "./target.ts";

const everything = new Set(Object.values(extensionTable).map(({ type }) => type));

/** A message: it is read or refused, what was read is written as it was, and what it shows of itself covers all of it. */
export const codecs: CoverageTarget = {
  name: "codecs",
  seeds: async () =>
    (await conversations(defaultProvider)).flatMap(({ messages }) => messages.map(({ bytes }) => bytes)),
  run: (input) => {
    if (input.length < 4) return;
    refusing(() => decodeAlert(input));
    refusing(() => {
      const name = messageName(input);
      const field = dissect(name, input);
      if (field.start !== 0 || field.end !== input.length) throw new Error("it is not shown to its end");
      const body = decodeMessage(name, input);
      const again = encodeMessage<MessageName>(name, body).bytes;
      if (!equal(again, input) && !mayDiffer(name, input))
        throw new Error(`${name} is written otherwise than it was read`);
      if (!("extensions" in body)) return;
      for (const offered of [everything, nothingOffered]) {
        refusing(() => readExtensions(name as "ServerHello", body.extensions, offered));
      }
    });
  },
};

/** The length in a header is read where messages are put together, and here it may be anything; a hello may lack extensions. */
function mayDiffer(name: MessageName, input: Bytes): boolean {
  const said = ((input[1] as number) << 16) | ((input[2] as number) << 8) | (input[3] as number);
  return said !== input.length - 4 || name === "ServerHello" || name === "HelloRetryRequest";
}

function refusing(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TlsError) || error.code === "internal_error") throw error;
  }
}

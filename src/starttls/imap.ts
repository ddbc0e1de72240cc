import { toHex } from "../wire/bytes.ts";
import type { Dialogue } from "./dialogue.ts";
import { StarttlsError } from "./starttlsError.ts";

/** RFC 9051 §6.2.1: greeting, STARTTLS under a tag, untagged lines as the server likes, the tagged answer. */
export async function imap(dialogue: Dialogue): Promise<void> {
  const greeting = await dialogue.line();
  // A session that is past its login has no place for STARTTLS: going on would be in clear text for good.
  if (!/^\* OK\b/i.test(greeting)) {
    const speaks = /^\* (PREAUTH|BYE)\b/i.test(greeting);
    throw speaks
      ? new StarttlsError("starttls_refused", `the server greeted with ${shorten(greeting)}`)
      : new StarttlsError(
          "starttls_malformed",
          `the server does not speak IMAP: ${JSON.stringify(shorten(greeting))}`,
        );
  }
  // Nobody who answers before hearing the command can know the tag.
  const tag = `t${toHex(crypto.getRandomValues(new Uint8Array(4)))}`;
  dialogue.say(`${tag} STARTTLS`);
  for (;;) {
    const line = await dialogue.line();
    if (line.startsWith("* ") && !/^\* BYE\b/i.test(line)) continue;
    if (line.toUpperCase().startsWith(`${tag.toUpperCase()} OK`)) return;
    throw new StarttlsError("starttls_refused", `the server answered STARTTLS with ${shorten(line)}`);
  }
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

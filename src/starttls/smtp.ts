import type { Dialogue } from "./dialogue.ts";
import { StarttlsError } from "./starttlsError.ts";

/** RFC 3207: greeting, EHLO, STARTTLS, go-ahead. */
export async function smtp(dialogue: Dialogue): Promise<void> {
  expectCode("220", await reply(dialogue), "greeted with");
  dialogue.nothingWaits("EHLO");
  // RFC 5321 §4.1.1.1: a client without a name of its own says its address.
  dialogue.say("EHLO [127.0.0.1]");
  const capabilities = await reply(dialogue);
  expectCode("250", capabilities, "answered EHLO with");
  if (!capabilities.lines.slice(1).some((line) => /^STARTTLS\s*$/i.test(line))) {
    throw new StarttlsError("starttls_refused", "the server does not offer STARTTLS");
  }
  dialogue.nothingWaits("STARTTLS");
  dialogue.say("STARTTLS");
  expectCode("220", await reply(dialogue), "answered STARTTLS with");
}

interface Reply {
  readonly code: string;
  readonly lines: readonly string[];
}

/** RFC 5321 §4.2.1: all lines but the last have a hyphen behind the code. */
async function reply(dialogue: Dialogue): Promise<Reply> {
  const lines: string[] = [];
  let first: string | undefined;
  for (;;) {
    const line = await dialogue.line();
    const [, code, more, text] = /^(\d{3})([- ]?)(.*)$/.exec(line) ?? [];
    if (code === undefined || (first !== undefined && code !== first)) {
      throw new StarttlsError(
        "starttls_malformed",
        `the server does not speak SMTP: ${JSON.stringify(shorten(line))}`,
      );
    }
    first = code;
    lines.push(text ?? "");
    if (more !== "-") return { code, lines };
  }
}

function expectCode(code: string, { code: got, lines }: Reply, what: string): void {
  if (got === code) return;
  throw new StarttlsError("starttls_refused", `the server ${what} ${got} ${shorten(lines.join(" "))}`);
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

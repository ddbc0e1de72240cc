import { describe, expect, test } from "vitest";
import { CaptureError } from "../../../../lab/page/capture/captureError.ts";
import { keyLogText, maxKeyLogLength, parseKeyLog } from "../../../../lab/page/capture/keyLogText.ts";
import { fromHex } from "../../../../src/wire/bytes.ts";

const random = "ab".repeat(32);
const secret = "cd".repeat(32);
const longSecret = "ef".repeat(48);
const label = "CLIENT_TRAFFIC_SECRET_0";

function refusal(...texts: string[]): string {
  try {
    parseKeyLog(...texts);
  } catch (error) {
    if (error instanceof CaptureError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

describe("a key log", () => {
  test("secrets by connection and label; comments, empty lines and other labels are passed over", () => {
    const text = [
      "# a comment",
      "",
      `${label} ${random} ${secret}`,
      `SERVER_TRAFFIC_SECRET_0 ${random.toUpperCase()} ${longSecret.toUpperCase()}\r`,
      `${label} ${"01".repeat(32)} ${secret}  `,
      `CLIENT_RANDOM ${random} ${longSecret}`,
      "RSA 0102 03",
      "LABEL_OF_TOMORROW and whatever it has",
      "",
    ].join("\n");
    const entries = parseKeyLog(text);
    expect([...entries.keys()]).toEqual([random, "01".repeat(32)]);
    expect(entries.get(random)).toEqual({
      CLIENT_TRAFFIC_SECRET_0: fromHex(secret),
      SERVER_TRAFFIC_SECRET_0: fromHex(longSecret),
    });
  });

  test("several texts are one", () => {
    const entries = parseKeyLog(
      `${label} ${random} ${secret}`,
      `EXPORTER_SECRET ${random} ${secret}`,
      `${label} ${random} ${secret}`,
    );
    expect(Object.keys(entries.get(random) ?? {})).toEqual([label, "EXPORTER_SECRET"]);
  });

  test("what is written can be read", () => {
    const secrets = { EXPORTER_SECRET: fromHex(secret), CLIENT_EARLY_TRAFFIC_SECRET: fromHex(longSecret) };
    const text = keyLogText(fromHex(random), secrets);
    expect(text).toBe(
      `CLIENT_EARLY_TRAFFIC_SECRET ${random} ${longSecret}\nEXPORTER_SECRET ${random} ${secret}\n`,
    );
    expect(parseKeyLog(text).get(random)).toEqual(secrets);
  });

  test.each([
    ["a label in small letters", `client ${random} ${secret}`, "expected a label in capitals"],
    ["a short random", `${label} abab ${secret}`, "expected a random of 32 bytes in hexadecimal"],
    [
      "a random of other characters",
      `${label} ${"xy".repeat(32)} ${secret}`,
      "expected a random of 32 bytes in hexadecimal",
    ],
    ["no secret", `${label} ${random}`, "expected a secret of 32 or 48 bytes in hexadecimal"],
    [
      "a secret of no hash",
      `${label} ${random} ${secret}00`,
      "expected a secret of 32 or 48 bytes in hexadecimal",
    ],
    [
      "more than three words",
      `${label} ${random} ${secret} ${secret}`,
      "expected a label, a random and a secret, and nothing else",
    ],
    [
      "another secret for the same",
      `${label} ${random} ${secret}\n${label} ${random} ${longSecret}`,
      `another ${label} for the same random`,
    ],
  ])("%s is refused, with the line: key_log_malformed", (_, lines, why) => {
    const text = `# first\n${lines}`;
    const number = text.split("\n").length;
    expect(refusal(text)).toBe(
      `key_log_malformed: A line of the key log is not as NSS's format has it. Line ${number}: ${why}.`,
    );
  });

  test("one that is too large: key_log_too_large", () => {
    expect(refusal("#".repeat(maxKeyLogLength + 1))).toMatch(/^key_log_too_large: /);
  });
});

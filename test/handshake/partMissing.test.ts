import { describe, expect, test, vi } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { fromAscii } from "../../src/wire/bytes.ts";
import { closeCleanly, exchangeData, meet, opened } from "../cases/meeting.ts";
import { harnessWith } from "./harness.ts";

vi.mock("../../src/handshake/client/seldom.ts", () => {
  throw new Error("offline");
});

const psk = { identity: fromAscii("alice"), key: new Uint8Array(32).fill(7) };

describe("where what few handshakes need can't be loaded", () => {
  const harness = harnessWith(defaultProvider);

  test("a handshake that needs none of it is made", async () => {
    const meeting = await meet(harness, {});
    await opened(meeting);
    await exchangeData(meeting);
    await closeCleanly(meeting);
  });

  test.each([
    ["a PSK is to be offered", { client: { psks: [psk] } }],
    ["the server asks for a certificate", { server: { requestCertificate: true } }],
  ] as const)("one ends with an error that says so where %s [internal_error]", async (_, wishes) => {
    const meeting = await meet(harness, wishes);
    await expect(opened(meeting)).rejects.toMatchObject({
      code: "internal_error",
      message: "a part of this library could not be loaded",
    });
  });
});

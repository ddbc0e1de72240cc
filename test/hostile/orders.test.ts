import { expect, test } from "vitest";
import { scenarios } from "../../fuzz/orders/scenarios.ts";
import { faultOf, walk, walkerOf } from "../../fuzz/orders/walk.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";

// The short form of `npm run explore`.

test.each(scenarios)("takes the orders of RFC 9846 and no other: $name", async (scenario) => {
  const { faults, taken } = await walk(await walkerOf(scenario, defaultProvider), 5);
  expect(faults).toEqual([]);
  expect(taken.length).toBeGreaterThan(10);
});

// What the walk would say of a client that is wrong.
test.each([
  ["that skips CertificateVerify", ["ServerHello", "EncryptedExtensions", "Certificate", "Finished"]],
  ["that skips Certificate", ["ServerHello", "EncryptedExtensions", "CertificateVerify", "Finished"]],
  ["that skips both", ["ServerHello", "EncryptedExtensions", "Finished"]],
  [
    "that skips Finished",
    ["ServerHello", "EncryptedExtensions", "Certificate", "CertificateVerify", "application_data"],
  ],
] as const)("a client %s would be found", (_, letters) => {
  const [scenario] = scenarios;
  const word = letters.map((letter) => ({ letter, under: "due" as const }));
  const verdict = { word, error: undefined, opened: true, delivered: 0, failure: undefined };
  expect(faultOf(verdict, scenario!)).toBe("taken");
});

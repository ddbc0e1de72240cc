import { describe, expect, test } from "vitest";
import { defaultProvider as nodeProvider } from "../../src/crypto/provider/node.ts";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { Case } from "../cases/case.ts";
import { harnessWith } from "./harness.ts";

/** Every case twice: where the ciphers answer at once, and where they don't. */
export function register(cases: readonly Case[]): void {
  describe("node provider", () => {
    registerWith(nodeProvider, cases);
  });
  describe("web provider", () => {
    test("is the WebCrypto one, with asynchronous ciphers", () => {
      expect(webProvider.name).toBe("web");
      expect(webProvider.aeads().map(({ sync }) => sync)).toEqual([false, false, false]);
    });
    registerWith(webProvider, cases);
  });
}

export function registerWith(provider: CryptoProvider, cases: readonly Case[]): void {
  const harness = harnessWith(provider);
  for (const { name, rules, run } of cases) {
    test(rules.length === 0 ? name : `${name} [${rules.join(", ")}]`, () => run(harness));
  }
}

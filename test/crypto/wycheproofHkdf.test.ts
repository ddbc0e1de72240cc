import { describe, expect, it } from "vitest";
import { hkdfExpand, hkdfExtract } from "../../src/keyschedule/hkdf.ts";
import { equal, fromHex } from "../../src/wire/bytes.ts";
import { providers } from "./providers.ts";
import { cases, Tally } from "./wycheproof.ts";

type Fields = Readonly<Record<"ikm" | "salt" | "info" | "okm", string>> & { readonly size: number };

const table = [
  ["hkdf_sha256", "SHA-256", 86],
  ["hkdf_sha384", "SHA-384", 83],
] as const;

describe.each(providers)("%s provider", (_, provider) => {
  it.each(table)("derives Wycheproof's %s", (file, name, count) => {
    const hash = provider.hashes[name];
    const tally = new Tally();
    for (const one of cases<unknown, Fields>(file)) {
      const pseudorandomKey = hkdfExtract(hash, fromHex(one.salt), fromHex(one.ikm));
      const derive = () => hkdfExpand(hash, pseudorandomKey, fromHex(one.info), one.size);
      if (one.result === "valid") tally.check(one, equal(derive(), fromHex(one.okm)));
      else tally.check(one, throwsRangeError(derive));
    }
    expect(tally).toMatchObject({ failed: [], ran: count, skipped: {} });
  });
});

function throwsRangeError(derive: () => unknown): boolean {
  try {
    derive();
    return false;
  } catch (error) {
    return error instanceof RangeError;
  }
}

import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { alert, data, end, keyUpdate } from "../../lab/script.ts";
import { defaultProvider as nodeProvider } from "../../src/crypto/provider/node.ts";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import { type Bytes, concat, fromAscii } from "../../src/wire/bytes.ts";
import { localFaults } from "../../src/wire/faults.ts";
import { misdeeds } from "../../src/wire/misdeeds.ts";
import { listen, recordServer, type Wish } from "./conversation.ts";

const wishes: readonly (readonly [string, Wish])[] = [
  [
    "a handshake and some data",
    {
      server: { tickets: 1 },
      steps: [data(fromAscii("some")), ...keyUpdate(0), data(fromAscii("data")), alert("close_notify"), end],
    },
  ],
  [
    "a handshake with a retry",
    { server: { groups: ["secp256r1"], requestCertificate: true }, steps: [alert("close_notify"), end] },
  ],
];

/** Codes that may be the answer to wrong bytes: what the peer did, an alert that was made of it, or an end too early. */
const codes = new Set<string>([...Object.keys(misdeeds), "alert_received", "truncated"]);

/** Where the bytes of a record's version stand, in records that are not protected; and those within protected ones. */
function placesOf(bytes: Bytes): {
  readonly versions: ReadonlySet<number>;
  readonly sealed: ReadonlySet<number>;
} {
  const versions = new Set<number>();
  const sealed = new Set<number>();
  for (let start = 0; start < bytes.length; ) {
    const next = start + 5 + ((bytes[start + 3]! << 8) | bytes[start + 4]!);
    if (bytes[start] !== 23) versions.add(start + 1).add(start + 2);
    else for (let at = start + 6; at < next - 1; at++) sealed.add(at);
    start = next;
  }
  return { versions, sealed };
}

const never: ReadonlySet<number> = new Set();

describe.each(wishes)("%s", (_what, wish) => {
  let bytes: Bytes;
  let disregarded: ReadonlySet<number>;
  let within: ReadonlySet<number>;

  beforeAll(async () => {
    bytes = await recordServer(wish);
    ({ versions: disregarded, sealed: within } = placesOf(bytes));
  });

  async function expectRefused(mutated: Bytes, provider: CryptoProvider): Promise<void> {
    const { error, told } = await listen([mutated], { provider, wish, pauses: never });
    expect(codes).toContain(error?.split(" ")[0]);
    expect(told.slice(-2)).toEqual(["failed", "closed"]);
    expect(told).not.toContain("ended");
  }

  test("unchanged, it is a connection", async () => {
    for (const provider of [nodeProvider, webProvider]) {
      const { error, told } = await listen([bytes], { provider, wish, pauses: never });
      expect({ error, told }).toEqual({ error: undefined, told: ["opened", "ended", "closed"] });
    }
  });

  test("each byte changed in turn ends in a TlsError [5.1/15]", async () => {
    for (let at = 0; at < bytes.length; at++) {
      // Within a protected record one byte is like another.
      if (within.has(at) && at % 5 !== 0) continue;
      const mutated = bytes.with(at, bytes[at]! ^ (1 << (at % 8))) as Bytes;
      if (!disregarded.has(at)) await expectRefused(mutated, nodeProvider);
      else {
        const { error, told } = await listen([mutated], { provider: nodeProvider, wish, pauses: never });
        expect({ error, told }).toEqual({ error: undefined, told: ["opened", "ended", "closed"] });
      }
    }
  });

  test.each([
    ["node", nodeProvider],
    ["web", webProvider],
  ])("any other change of the bytes ends in a TlsError (%s provider)", async (_, provider) => {
    type Change = (bytes: Bytes) => Bytes;
    const place = fc.nat({ max: 1_000_000 });
    const change: fc.Arbitrary<Change> = fc.oneof(
      fc.record({ at: place, to: fc.integer({ min: 1, max: 255 }) }).map(
        ({ at, to }): Change =>
          (whole) => {
            const index = at % whole.length;
            return disregarded.has(index)
              ? whole.slice(0, -1)
              : (whole.with(index, whole[index]! ^ to) as Bytes);
          },
      ),
      fc.record({ at: place, length: fc.integer({ min: 1, max: 60 }) }).map(
        ({ at, length }): Change =>
          (whole) => {
            const index = at % whole.length;
            return concat(whole.subarray(0, index), whole.subarray(index + length));
          },
      ),
      fc.record({ at: place, more: fc.uint8Array({ minLength: 1, maxLength: 40 }) }).map(
        ({ at, more }): Change =>
          (whole) => {
            const index = at % whole.length;
            return concat(whole.subarray(0, index), more, whole.subarray(index));
          },
      ),
      place.map(
        (at): Change =>
          (whole) =>
            whole.slice(0, at % whole.length),
      ),
    );
    await fc.assert(
      fc.asyncProperty(change, (mutate) => expectRefused(mutate(bytes), provider)),
      { numRuns: 150 },
    );
  });

  test("random bytes end in a TlsError", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), (random) =>
        expectRefused(Uint8Array.from(random), nodeProvider),
      ),
      { numRuns: 60 },
    );
  });
});

test("internal_error is no answer to wrong bytes", () => {
  expect(codes.has("internal_error")).toBe(false);
  expect(Object.keys(localFaults)).toContain("internal_error");
});

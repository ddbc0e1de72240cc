import { describe, expect, test } from "vitest";
import { type KnownKeys, trustOnFirstUse } from "../../src/trust/firstUse.ts";
import type { VerificationStep } from "../../src/trust/verifier.ts";
import { type Bytes, noBytes } from "../../src/wire/bytes.ts";
import { key } from "../certificates.ts";
import { sha256 } from "../transparencyLog.ts";
import { leaf, presented } from "./judge.ts";

const pinOf = ({ spki }: { spki: Bytes }): string => Buffer.from(sha256(spki)).toString("base64");
const first = key("P-256");
const second = key("P-256", "second");
// From nobody, for another name, long ago: none of it matters.
const options = { notBefore: new Date("2001-01-01"), notAfter: new Date("2001-02-01"), extensions: [] };
const chain = [leaf(options)];
const changed = [leaf({ ...options, key: second })];

/** A store that answers later, as one on a disk does. */
function laterStore(kept = new Map<string, string>()): KnownKeys & { readonly kept: Map<string, string> } {
  const later = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    kept,
    async get(name) {
      await later();
      return kept.get(name);
    },
    async set(name, spkiHash) {
      await later();
      kept.set(name, spkiHash);
    },
  };
}

describe("trust on first use", () => {
  test("keeps the first key, says that nothing was verified, and believes that key ever after", async () => {
    const store = laterStore();
    const verifier = trustOnFirstUse(store);
    expect(await verifier(presented({ chain }))).toMatchObject({
      vouchedBy: "first use",
      verified: false,
      path: chain,
      schemes: ["ecdsa_secp256r1_sha256"],
    });
    expect([...store.kept]).toEqual([["a.example", pinOf(first)]]);
    const another = [leaf()];
    for (const judge of [verifier, trustOnFirstUse(store)]) {
      expect(await judge(presented({ chain: another }))).toMatchObject({
        vouchedBy: "its key, known since first use",
        verified: true,
      });
    }
    expect(store.kept.size).toBe(1);
  });

  test("refuses a changed key and keeps the first [certificate_rejected]", async () => {
    const store = laterStore();
    const verifier = trustOnFirstUse(store);
    await verifier(presented({ chain }));
    const refusal = {
      code: "certificate_rejected",
      alert: { name: "certificate_unknown", direction: "sent" },
      message: expect.stringContaining(
        `the key of a.example has changed since its first use: expected SHA-256 ${pinOf(first)}, got ${pinOf(second)}. ` +
          "Someone may be in between, or the server has a new key",
      ),
    };
    for (let i = 0; i < 2; i++) {
      await expect(verifier(presented({ chain: changed }))).rejects.toMatchObject(refusal);
    }
    expect((await verifier(presented({ chain }))).verified).toBe(true);
    // Who knows better removes it.
    store.kept.delete("a.example");
    expect((await verifier(presented({ chain: changed }))).vouchedBy).toBe("first use");
  });

  test("knows by a session whom it has met, and meets nobody by one [certificate_rejected]", async () => {
    const store = laterStore();
    const verifier = trustOnFirstUse(store);
    const remembered = presented({ chain, fromSession: true });
    await expect(verifier(remembered)).rejects.toMatchObject({ code: "certificate_rejected" });
    expect(store.kept.size).toBe(0);
    await verifier(presented({ chain }));
    expect(await verifier(remembered)).toMatchObject({ verified: true });
    await expect(verifier(presented({ chain: changed, fromSession: true }))).rejects.toMatchObject({
      code: "certificate_rejected",
    });
  });

  test("knows a server by its name, however it is written", async () => {
    const store = laterStore();
    const verifier = trustOnFirstUse(store);
    for (const [serverName, isFirst] of [
      ["A.Example.", true],
      ["a.example", false],
      ["b.example", true],
      ["2001:DB8:0::1", true],
      ["[2001:db8::0:1]", false],
      ["192.0.2.1", true],
      ["bücher.example", true],
      ["xn--bcher-kva.example", false],
    ] as const) {
      expect((await verifier(presented({ chain, serverName }))).verified).toBe(!isFirst);
    }
    expect([...store.kept.keys()]).toEqual([
      "a.example",
      "b.example",
      "2001:db8::1",
      "192.0.2.1",
      "xn--bcher-kva.example",
    ]);
  });

  test("lets two connections at once believe one key, and not one each", async () => {
    const store = laterStore();
    const verifier = trustOnFirstUse(store);
    const answers = await Promise.allSettled([
      verifier(presented({ chain })),
      trustOnFirstUse(store)(presented({ chain: changed })),
      verifier(presented({ chain })),
      verifier(presented({ chain: changed, serverName: "b.example" })),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
    expect(store.kept.get("a.example")).toBe(pinOf(first));
    expect(answers[2]).toMatchObject({ value: { verified: true } });
  });

  test("believes nobody where the store is broken, and recovers with it", async () => {
    const broken = new Error("the disk is full");
    let failures = 2;
    const store = laterStore();
    const verifier = trustOnFirstUse({
      get: store.get,
      set: (name, hash) => {
        if (failures-- > 0) throw broken;
        return store.set(name, hash);
      },
    });
    await expect(verifier(presented({ chain }))).rejects.toBe(broken);
    const both = [verifier(presented({ chain })), verifier(presented({ chain }))] as const;
    await expect(both[0]).rejects.toBe(broken);
    expect((await both[1]).vouchedBy).toBe("first use");
  });

  test("takes stores that answer at once, and null for nothing", async () => {
    const kept = new Map<string, string>();
    const verifier = trustOnFirstUse({
      get: (name) => kept.get(name) ?? null,
      set: (name, hash) => void kept.set(name, hash),
    });
    expect((await verifier(presented({ chain }))).verified).toBe(false);
    expect((await verifier(presented({ chain }))).verified).toBe(true);
    kept.set("a.example", "");
    await expect(verifier(presented({ chain }))).rejects.toMatchObject({ code: "certificate_rejected" });
  });

  test("keeps nothing of what is no certificate", async () => {
    const store = laterStore();
    const verifier = trustOnFirstUse(store);
    await expect(verifier(presented({ chain: [noBytes] }))).rejects.toMatchObject({
      code: "certificate_malformed",
    });
    expect(store.kept.size).toBe(0);
  });

  test("tells what it saw", async () => {
    const steps: VerificationStep[] = [];
    const step = (one: VerificationStep): unknown => steps.push(one);
    const verifier = trustOnFirstUse(laterStore());
    await verifier(presented({ chain, step }));
    await verifier(presented({ chain, step }));
    await expect(verifier(presented({ chain: changed, step }))).rejects.toThrow();
    expect(
      steps.filter(({ check }) => check === "firstUse").map(({ outcome, detail }) => [outcome, detail]),
    ).toEqual([
      ["passed", `a.example was never met, its key is kept: ${pinOf(first)}`],
      ["passed", `known key: ${pinOf(first)}`],
      ["failed", `known key: ${pinOf(first)}`],
    ]);
  });
});

import { describe, expect, test } from "vitest";
import { pinned } from "../../src/trust/pins.ts";
import { createServerVerifier } from "../../src/trust/serverVerifier.ts";
import type { VerificationStep } from "../../src/trust/verifier.ts";
import { type Bytes, copyOf, noBytes } from "../../src/wire/bytes.ts";
import { extensions, generalName, key, makeCertificate } from "../certificates.ts";
import { sha256 } from "../transparencyLog.ts";
import { authority, leaf, presented, root } from "./judge.ts";

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const pinOf = ({ spki }: { spki: Bytes }): string => base64(sha256(spki));

const middle = authority("Middle", { issuer: root });
const own = leaf({ issuer: middle });
const chain = [own, middle.der];
const ownKey = key("P-256");
const stranger = key("P-256", "stranger");
const byRoot = createServerVerifier({ roots: [root.der] });
const rejected = {
  code: "certificate_rejected",
  alert: { name: "certificate_unknown", direction: "sent" },
};

describe("a pin instead of a chain", () => {
  test.each([
    ["base64", pinOf(ownKey)],
    ["bytes", sha256(ownKey.spki)],
  ])("believes the server's own key: %s", async (_, pin) => {
    const identity = await pinned({ keys: [pinOf(stranger), pin] })(presented({ chain: [own] }));
    expect(identity).toMatchObject({
      schemes: ["ecdsa_secp256r1_sha256"],
      maySign: true,
      path: [own],
      vouchedBy: "pinned",
      verified: true,
    });
    expect(identity.publicKey.spki).toEqual(ownKey.spki);
    expect(identity.anchorKey).toBeUndefined();
  });

  test("looks at no name, no date and no issuer", async () => {
    const old = makeCertificate({
      subject: "z.example",
      key: ownKey,
      issuer: { subject: "Nobody", key: stranger },
      notBefore: new Date("2001-01-01"),
      notAfter: new Date("2001-01-02"),
      extensions: [extensions.subjectAltName([generalName.dns("z.example")])],
    });
    expect((await pinned({ keys: [pinOf(ownKey)] })(presented({ chain: [old] }))).verified).toBe(true);
  });

  test("refuses another key, whoever else's is pinned, and says which it is [certificate_rejected]", async () => {
    const judge = async () => pinned({ keys: [pinOf(middle.key), pinOf(root.key)] })(presented({ chain }));
    await expect(judge()).rejects.toMatchObject({
      ...rejected,
      message: expect.stringContaining(`its key is not pinned; its SHA-256 is ${pinOf(ownKey)}`),
    });
  });

  test("tells whether the key may sign handshakes", async () => {
    const encipher = leaf({ extensions: [extensions.keyUsage("keyEncipherment")] });
    expect(await pinned({ keys: [pinOf(ownKey)] })(presented({ chain: [encipher] }))).toMatchObject({
      maySign: false,
    });
  });

  test("refuses what is no certificate, or has a key of no use", async () => {
    const judge = async (sent: readonly Bytes[], keys = [pinOf(ownKey)]) =>
      pinned({ keys })(presented({ chain: sent }));
    await expect(judge([])).rejects.toMatchObject({ code: "no_certificate" });
    await expect(judge([noBytes])).rejects.toMatchObject({ code: "certificate_malformed" });
    const spki = copyOf(
      Buffer.from("302a300506032b656e032100".concat("09".repeat(32)), "hex"), // X25519
    );
    const odd = leaf({ key: { ...ownKey, spki } });
    await expect(judge([odd], [base64(sha256(spki))])).rejects.toMatchObject({
      code: "certificate_unsupported",
    });
  });

  test("tells what it saw", async () => {
    const steps: VerificationStep[] = [];
    const step = (one: VerificationStep): unknown => steps.push(one);
    await pinned({ keys: [pinOf(ownKey)] })(presented({ chain, step }));
    expect(steps.map(({ check, outcome }) => `${check} ${outcome}`)).toEqual(["parsed passed", "pin passed"]);
    expect(steps[1]?.detail).toBe(`SHA-256 of the key: ${pinOf(ownKey)}`);
    const judge = async () => pinned({ keys: [pinOf(stranger)] })(presented({ chain, step }));
    await expect(judge()).rejects.toMatchObject(rejected);
    expect(steps.at(-1)).toMatchObject({ check: "pin", outcome: "failed" });
  });
});

describe("a pin beside a chain", () => {
  test.each([
    ["the server's own", ownKey],
    ["an intermediate's", middle.key],
    ["the root's", root.key],
  ])("has to be of some key of the path: %s", async (_, pair) => {
    const identity = await pinned({ keys: [pinOf(pair)], chain: byRoot })(presented({ chain }));
    const alone = await byRoot(presented({ chain }));
    expect(identity).toEqual({ ...alone, vouchedBy: "CN=Root, and a pinned key" });
  });

  test("may be of an anchor that is no certificate", async () => {
    const bare = async () => {
      const identity = await byRoot(presented({ chain }));
      return { ...identity, path: identity.path.slice(0, -1) };
    };
    const judge = pinned({ keys: [pinOf(root.key)], chain: bare });
    expect((await judge(presented({ chain }))).verified).toBe(true);
  });

  test("is looked for in the path that was believed, and not in what was sent [certificate_rejected]", async () => {
    const other = authority("Other", { key: stranger });
    const judge = pinned({ keys: [pinOf(stranger)], chain: byRoot });
    await expect(judge(presented({ chain: [...chain, other.der] }))).rejects.toMatchObject({
      ...rejected,
      message: expect.stringContaining(
        `no key of its chain is pinned; their SHA-256 are ${[ownKey, middle.key, root.key].map(pinOf).join(", ")}`,
      ),
    });
  });

  test("does not help a chain that is refused", async () => {
    const judge = pinned({ keys: [pinOf(ownKey), pinOf(root.key)], chain: byRoot });
    await expect(judge(presented({ chain, serverName: "b.example" }))).rejects.toMatchObject({
      code: "certificate_name_mismatch",
    });
    await expect(judge(presented({ chain: [own] }))).rejects.toMatchObject({
      code: "certificate_unknown_ca",
    });
  });

  test("tells what it saw", async () => {
    const steps: VerificationStep[] = [];
    const step = (one: VerificationStep): unknown => steps.push(one);
    await pinned({ keys: [pinOf(root.key)], chain: byRoot })(presented({ chain, step }));
    expect(steps.at(-1)).toEqual({
      check: "pin",
      subject: "",
      outcome: "passed",
      detail: `SHA-256 of a key: ${pinOf(root.key)}`,
    });
  });
});

test.each([
  ["none", []],
  ["another digest", [new Uint8Array(20)]],
  ["a short text", ["AAAA"]],
  ["no base64", ["sha256/".padEnd(44, "-")]],
  ["another form of a hash", ["ab".repeat(32)]],
])("keys are refused: %s", (_, keys: readonly (string | Uint8Array)[]) => {
  expect(() => pinned({ keys })).toThrow(
    expect.objectContaining({ code: "invalid_option", message: expect.stringContaining("keys: expected") }),
  );
});

import fs from "node:fs";
import { describe, expect, test } from "vitest";
import { type Bytes, copyOf } from "../../../src/wire/bytes.ts";
import { parseCertificate } from "../../../src/x509/certificate.ts";
import { parseLogList, transparency } from "../../../src/x509/transparency/index.ts";
import { sha256 } from "../../transparencyLog.ts";
import { ask } from "./ask.ts";

interface Vectors {
  readonly logs: object;
  readonly web: readonly { readonly name: string; readonly leaf: string; readonly issuer: string }[];
  readonly sample: Readonly<
    Record<"key" | "issuer" | "withTimestamp" | "without" | "timestampOfWithout", string>
  >;
}

const vectors = JSON.parse(
  fs.readFileSync(new URL("../../vectors/transparency.json", import.meta.url), "utf8"),
) as Vectors;
const bytesOf = (base64: string): Bytes => copyOf(Buffer.from(base64, "base64"));

describe("certificates of the web, and the keys of the logs that took them", () => {
  const logs = parseLogList(JSON.stringify(vectors.logs));
  const day = 86_400_000;

  test.each(vectors.web.map((one) => [one.name, one] as const))("%s", async (name, { leaf, issuer }) => {
    const chain = [bytesOf(leaf), bytesOf(issuer)];
    const { notBefore } = parseCertificate(chain[0] as Bytes);
    // Logs date their timestamps after the beginning of the validity, which CAs set back.
    const time = 1000 * notBefore + day;
    const [outcome, words] = await ask(transparency({ logs, required: true }), { chain, time });
    // One of the three logs of these two is not in the list.
    const lacks = ["amazon.com", "docs.python.org"].includes(name);
    expect(outcome).toBe(lacks ? "transparency" : "passed");
    if (lacks) {
      expect(words).toContain("are of 2 logs of 2 operators, where 3 logs of 2 operators are needed");
      expect(words).toContain("one of an unknown log");
    }
    // With another issuer's key all signatures are wrong.
    const underStranger = [chain[0] as Bytes, bytesOf(vectors.sample.issuer)];
    const [refused, why] = await ask(transparency({ logs, required: true }), { chain: underStranger, time });
    expect(refused).toBe("transparency");
    expect(why).toContain("timestamps in the certificate are of 0 logs");
    expect(why).toContain("with a wrong signature");
    const [early] = await ask(transparency({ logs, required: true }), { chain, time: time - 2 * day });
    expect(early).toBe("transparency");
  });
});

describe("the sample certificates of the Certificate Transparency project", () => {
  const { key, issuer, withTimestamp, without, timestampOfWithout } = vectors.sample;
  const id = Buffer.from(sha256(bytesOf(key))).toString("base64");
  const state = { usable: { timestamp: "2013-01-01T00:00:00Z" } };
  const logs = parseLogList(
    JSON.stringify({
      operators: [{ name: "Sample", logs: [{ log_id: id, key, state, description: "Test" }] }],
    }),
  );
  const check = transparency({ logs, policy: { logs: 1, operators: 1 } });
  const time = Date.UTC(2014, 0);

  test("a timestamp in the certificate", async () => {
    const chain = [bytesOf(withTimestamp), bytesOf(issuer)];
    expect(await ask(check, { chain, time })).toEqual(["passed", "logged by Test (Sample)"]);
  });

  test("a timestamp that came with the handshake", async () => {
    const chain = [bytesOf(without), bytesOf(issuer)];
    expect(await ask(check, { chain, time })).toEqual(["absent", "no timestamps of a log"]);
    const evidence = { signedCertificateTimestamps: [bytesOf(timestampOfWithout)] };
    expect(await ask(check, { chain, time, evidence })).toEqual(["passed", "logged by Test (Sample)"]);
    // It is for that certificate only.
    const another = [bytesOf(vectors.web[0]?.leaf ?? ""), bytesOf(issuer)];
    expect((await ask(check, { chain: another, time, evidence }))[0]).toBe("absent");
  });
});

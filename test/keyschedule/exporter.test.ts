import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { startExporter } from "../../src/keyschedule/exporter.ts";
import { concat, fromAscii, fromHex, noBytes, toHex } from "../../src/wire/bytes.ts";
import { providers } from "../crypto/providers.ts";
import { traceNamed } from "../replay/traces.ts";

/** RFC 9846 §7.5, written out once more over node:crypto, for outputs of one block. */
function reference(secret: Uint8Array, label: string, context: Uint8Array, length: number): string {
  const expand = (key: Uint8Array, name: string, data: Uint8Array, size: number): Buffer => {
    const info = concat(
      new Uint8Array([size >> 8, size & 255, 6 + name.length]),
      fromAscii(`tls13 ${name}`),
      new Uint8Array([data.length]),
      data,
      new Uint8Array([1]),
    );
    return createHmac("sha256", key).update(info).digest().subarray(0, size);
  };
  const emptyHash = fromHex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const digest = providers[0]![1].hashes["SHA-256"].digest(context);
  return toHex(expand(expand(secret, label, emptyHash, 32), "exporter", digest, length));
}

describe.each(providers)("%s provider", (_, provider) => {
  const hash = provider.hashes["SHA-256"];
  const secret = traceNamed("simple-1rtt").secret("exporterMasterSecret");
  const exporter = startExporter(hash, secret);

  test.each([
    { label: "EXPORTER-Channel-Binding", context: "", length: 32 },
    { label: "EXPERIMENTAL x", context: "00", length: 16 },
    { label: "EXPERIMENTAL x", context: "aa".repeat(300), length: 1 },
  ])("exports $length bytes under $label with the context $context", ({ label, context, length }) => {
    expect(toHex(exporter.export(label, fromHex(context), length))).toBe(
      reference(secret, label, fromHex(context), length),
    );
  });

  test("keeps its secret from call to call", () => {
    const once = exporter.export("EXPERIMENTAL x", noBytes, 32);
    expect(exporter.export("EXPERIMENTAL x", noBytes, 32)).toEqual(once);
    expect(toHex(exporter.secret)).toBe(toHex(secret));
  });

  test("what it gives depends on label, context and length", () => {
    const given = [
      exporter.export("EXPERIMENTAL a", noBytes, 32),
      exporter.export("EXPERIMENTAL b", noBytes, 32),
      exporter.export("EXPERIMENTAL a", fromHex("00"), 32),
      exporter.export("EXPERIMENTAL a", noBytes, 33).subarray(0, 32),
    ].map(toHex);
    expect(new Set(given).size).toBe(given.length);
  });

  test("refuses what does not fit", () => {
    expect(() => exporter.export("x".repeat(250), noBytes, 32)).toThrow(RangeError);
    expect(() => exporter.export("é", noBytes, 32)).toThrow(RangeError);
    expect(() => exporter.export("x", noBytes, 255 * 32 + 1)).toThrow(RangeError);
    expect(() => exporter.export("x", noBytes, -1)).toThrow(RangeError);
  });
});

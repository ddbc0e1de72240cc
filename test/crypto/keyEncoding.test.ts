import crypto from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { rsaPkcs1 } from "../../src/crypto/provider/keyEncoding.ts";
import { integer, sequence } from "../../src/der/writer.ts";

const magnitude = fc
  .tuple(fc.constantFrom(0, 0, 1, 3), fc.uint8Array({ maxLength: 700 }))
  .map(([zeros, digits]) => new Uint8Array([...new Uint8Array(zeros), ...digits]));

test("writes an RSAPublicKey as the general writer does, whatever its numbers are", () => {
  fc.assert(
    fc.property(magnitude, magnitude, (modulus, exponent) => {
      expect(rsaPkcs1(modulus, exponent)).toEqual(sequence(integer(modulus), integer(exponent)));
    }),
    { numRuns: 2000 },
  );
});

test.each([512, 1024, 2048, 4096])("writes what node:crypto exports: %i bits", (modulusLength) => {
  const { publicKey } = crypto.generateKeyPairSync("rsa", { modulusLength });
  const { n, e } = publicKey.export({ format: "jwk" });
  const [modulus, exponent] = [n, e].map((text) => Buffer.from(text as string, "base64url"));
  expect(Buffer.from(rsaPkcs1(modulus as Buffer, exponent as Buffer))).toEqual(
    publicKey.export({ format: "der", type: "pkcs1" }),
  );
});

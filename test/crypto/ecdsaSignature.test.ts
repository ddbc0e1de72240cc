import { describe, expect, it } from "vitest";
import { ecdsaSignatureFromDer } from "../../src/crypto/provider/ecdsaSignature.ts";
import { fromHex, toHex } from "../../src/wire/bytes.ts";

const raw = (hex: string, size = 4): string | undefined => {
  const signature = ecdsaSignatureFromDer(fromHex(hex), size);
  return signature && toHex(signature);
};

describe("ECDSA signatures in DER", () => {
  it("become r ‖ s, each as long as the curve", () => {
    expect(raw("3006 020101 020102")).toBe("0000000100000002");
    expect(raw("3008 02020080 020200ff")).toBe("00000080000000ff");
    expect(raw("300e 02050080000000 0205 00ffffffff")).toBe("80000000ffffffff");
    expect(raw("300a 02047fffffff 02021234")).toBe("7fffffff00001234");
  });

  it("may hold zeros, which no curve then takes", () => {
    expect(raw("3006 020100 020100")).toBe("0000000000000000");
  });

  it("may need a length of two bytes", () => {
    const integer = `0242 01${"23".repeat(65)}`;
    expect(raw(`308188 ${integer}${integer}`, 66)).toBe(`01${"23".repeat(65)}`.repeat(2));
  });

  it.each([
    ["nothing", ""],
    ["a tag alone", "30"],
    ["no sequence", "3106 020101 020102"],
    ["an empty sequence", "3000"],
    ["one integer", "3003 020101"],
    ["three integers", "3009 020101 020102 020103"],
    ["bytes behind", "3006 020101 020102 00"],
    ["bytes behind, within", "3008 020101 020102 0500"],
    ["a sequence that is cut", "3006 020101 0201"],
    ["an integer that leaves the sequence", "3006 020101 020202"],
    ["an integer without bytes", "3005 020101 0200"],
    ["a negative integer", "3006 020101 020180"],
    ["a zero too many", "3007 020101 02020001"],
    ["two zeros in front", "3008 020101 0203000080"],
    ["an integer longer than the curve", "3009 02050100000000 0200"],
    ["more digits than the curve", "300a 02050100000000 020101"],
    ["the indefinite length", "3080 020101 020102 0000"],
    ["a length in two bytes where one would do", "308106 020101 020102"],
    ["a length in three bytes", "30820006 020101 020102"],
    ["an integer's length in two bytes", "3007 02810101 020102"],
    ["an integer of another tag", "3006 020101 030102"],
    ["r ‖ s as it is", "0000000100000002"],
  ])("are refused: %s", (_, hex) => {
    expect(raw(hex)).toBeUndefined();
  });
});

import {
  bitString,
  boolean,
  compareBytes,
  element as elementOf,
  integer,
  nullElement,
  objectIdentifier,
} from "../src/der/writer.ts";
import { type Bytes, concat, fromAscii } from "../src/wire/bytes.ts";
import type { Random } from "./random.ts";

/** Makes what the grammars of RFC 5280 and RFC 6960 allow, at random, and now and then what they do not. */
export interface Grammar {
  certificate(): Bytes;
  crl(): Bytes;
  ocspResponse(): Bytes;
  name(): Bytes;
  nameConstraints(): Bytes;
}

const letters = "abcxyz.-_*@ \0\u00e9%/:[]";
const rsa = objectIdentifier("1.2.840.113549.1.1.11");
const ecdsa = objectIdentifier("1.2.840.10045.4.3.2");
const p256 = objectIdentifier("1.2.840.10045.3.1.7");
const ecKey = objectIdentifier("1.2.840.10045.2.1");

export function grammar(random: Random, slips = 0.01): Grammar {
  /** An element; a slip changes its tag, its length or its contents. */
  const element = (tag: number, ...contents: readonly Uint8Array[]): Bytes => {
    if (!random.chance(slips)) return elementOf(tag, ...contents);
    switch (random.below(4)) {
      case 0:
        return elementOf(random.below(256), ...contents);
      case 1:
        return elementOf(tag, ...contents, random.bytes(random.below(4)));
      case 2:
        return elementOf(tag);
      default: {
        const whole = elementOf(tag, ...contents);
        whole[1] = random.below(256);
        return whole;
      }
    }
  };
  const sequence = (...contents: readonly Uint8Array[]): Bytes => element(0x30, ...contents);
  const some = <T>(most: number, make: () => T): T[] => Array.from({ length: 1 + random.below(most) }, make);
  const maybe = (make: () => Bytes, probability = 0.5): Bytes =>
    random.chance(probability) ? make() : new Uint8Array(0);
  const octets = (...contents: readonly Uint8Array[]): Bytes => element(0x04, ...contents);
  const text = (): string =>
    Array.from({ length: random.below(12) }, () => letters[random.below(letters.length)]).join("");
  const ascii = (): Bytes =>
    fromAscii(text().replace(random.chance(0.97) ? /[^a-z. ]/g : /[^\0-\x7f]/g, "e"));
  const host = (): Bytes =>
    fromAscii(
      `${random.pick(["", "", "www.", "a_b.", random.chance(0.3) ? "*." : "."])}${random.pick(["a.example", "b.test", "example", ""])}`,
    );
  const identifier = (): Bytes =>
    objectIdentifier(
      `${random.below(3)}.${random.below(40)}.${some(4, () => random.below(70_000)).join(".")}`,
    );
  const attribute = (): Bytes =>
    sequence(
      random.chance(0.8) ? objectIdentifier(`2.5.4.${3 + random.below(10)}`) : identifier(),
      random.chance(0.95)
        ? element(random.pick([0x0c, 0x13, 0x14, 0x16]), ascii())
        : element(random.pick([0x1e, 0x1c, 0x02]), random.bytes(4)),
    );
  const name = (): Bytes =>
    sequence(
      ...some(4, () => element(0x31, ...some(random.chance(0.1) ? 3 : 1, attribute).sort(compareBytes))),
    );
  const digits = (count: number): string => Array.from({ length: count }, () => random.below(10)).join("");
  const two = (from: number, to: number): string =>
    String(from + random.below(to - from + 1)).padStart(2, "0");
  const moment = (): string =>
    `${two(1, 12)}${two(1, random.chance(slips) ? 31 : 28)}${two(0, 23)}${two(0, 59)}${two(0, random.chance(slips) ? 60 : 59)}Z`;
  const time = (): Bytes =>
    random.chance(0.7)
      ? element(0x17, fromAscii(digits(2) + moment()))
      : element(0x18, fromAscii(String(2050 + random.below(random.chance(slips) ? 9000 : 7000)) + moment()));
  const generalizedTime = (): Bytes => element(0x18, fromAscii(`20${digits(2)}${moment()}`));
  const address = (): Bytes => random.bytes(random.chance(slips) ? 3 : random.pick([4, 16]));
  const subnet = (): Bytes => {
    const size = random.pick([4, 16]);
    const ones = random.below(8 * size + 1);
    const mask = Uint8Array.from(
      { length: size },
      (_, i) => 0xff00 >> Math.min(8, Math.max(0, ones - 8 * i)),
    );
    return concat(random.bytes(size), mask);
  };
  const generalName = (): Bytes => {
    switch (random.below(9)) {
      case 0:
        return element(0xa0, identifier(), element(0xa0, octets(ascii())));
      case 1:
        return element(0x81, concat(ascii(), fromAscii("@"), host()));
      case 2:
        return element(
          0x86,
          concat(fromAscii("https://"), host(), fromAscii(random.pick(["", "/", ":1/", "@x"]))),
        );
      case 3:
        return element(0x87, address());
      case 4:
        return element(0xa4, name());
      case 5:
        return element(0x88, identifier().subarray(2));
      case 6:
        return element(random.pick([0xa3, 0xa5]), octets(ascii()));
      default:
        return element(0x82, host());
    }
  };
  const names = (): Bytes => sequence(...some(random.chance(0.05) ? 300 : 6, generalName));
  const base = (): Bytes => (random.chance(0.3) ? element(0x87, subnet()) : generalName());
  const subtrees = (tag: number): Bytes => element(tag, ...some(6, () => sequence(base())));
  const nameConstraints = (): Bytes =>
    sequence(
      maybe(() => subtrees(0xa0), 0.7),
      maybe(() => subtrees(0xa1), 0.7),
    );
  const policies = (): Bytes =>
    sequence(
      ...some(4, () =>
        sequence(
          identifier(),
          maybe(() => sequence(...some(2, () => sequence(identifier(), element(0x16, ascii()))))),
        ),
      ),
    );
  const point = (): Bytes =>
    sequence(
      maybe(() => element(0xa0, element(0xa0, ...some(3, generalName))), 0.9),
      maybe(() => element(0x81, random.bytes(2)), 0.2),
      maybe(() => element(0xa2, ...some(2, generalName)), 0.2),
    );
  const timestamps = (): Bytes => {
    const list = concat(
      ...some(3, () =>
        sized(
          concat(
            new Uint8Array(1),
            random.bytes(32),
            new Uint8Array(10),
            fromAscii("\u0004\u0003"),
            sized(random.bytes(70)),
          ),
        ),
      ),
    );
    return octets(random.chance(0.9) ? sized(list) : list);
  };
  const sized = (bytes: Bytes): Bytes =>
    concat(new Uint8Array([bytes.length >> 8, bytes.length & 0xff]), bytes);
  const values: readonly (readonly [string, () => Bytes])[] = [
    ["2.5.29.14", () => octets(random.bytes(20))],
    ["2.5.29.15", () => element(0x03, new Uint8Array([0, 1 | random.below(256)]))],
    ["2.5.29.17", names],
    ["2.5.29.18", names],
    [
      "2.5.29.19",
      () =>
        sequence(
          maybe(() => boolean(true)),
          maybe(() => integer(random.below(300)), 0.3),
        ),
    ],
    ["2.5.29.30", nameConstraints],
    ["2.5.29.31", () => sequence(...some(3, point))],
    ["2.5.29.32", policies],
    ["2.5.29.33", () => sequence(...some(3, () => sequence(identifier(), identifier())))],
    [
      "2.5.29.35",
      () =>
        sequence(
          maybe(() => element(0x80, random.bytes(20)), 0.8),
          maybe(() => concat(element(0xa1, generalName()), element(0x82, random.bytes(3))), 0.2),
        ),
    ],
    [
      "2.5.29.36",
      () =>
        sequence(
          maybe(() => element(0x80, new Uint8Array(1))),
          maybe(() => element(0x81, new Uint8Array(1))),
        ),
    ],
    [
      "2.5.29.37",
      () =>
        sequence(
          ...some(4, () =>
            random.chance(0.7) ? objectIdentifier(`1.3.6.1.5.5.7.3.${random.below(12)}`) : identifier(),
          ),
        ),
    ],
    ["2.5.29.46", () => sequence(point())],
    ["2.5.29.54", () => integer(random.below(9))],
    ["2.5.29.9", () => sequence(sequence(identifier(), element(0x31, octets(ascii()))))],
    ["1.3.6.1.5.5.7.1.1", () => sequence(...some(3, () => sequence(identifier(), generalName())))],
    ["1.3.6.1.5.5.7.1.11", () => sequence(sequence(identifier(), generalName()))],
    ["1.3.6.1.5.5.7.1.24", () => sequence(...some(2, () => integer(random.below(20))))],
    ["1.3.6.1.4.1.11129.2.4.2", timestamps],
    // Of CRLs, their entries and OCSP.
    ["2.5.29.20", () => integer(random.bytes(3))],
    ["2.5.29.21", () => element(0x0a, new Uint8Array([random.below(12)]))],
    ["2.5.29.24", generalizedTime],
    ["2.5.29.27", () => integer(random.below(9))],
    [
      "2.5.29.28",
      () =>
        sequence(
          maybe(() => element(0xa0, element(0xa0, generalName()))),
          maybe(() => element(0x81, new Uint8Array([0xff])), 0.3),
        ),
    ],
    ["1.3.6.1.4.1.11129.2.4.5", timestamps],
    ["1.3.6.1.5.5.7.48.1.2", () => octets(random.bytes(8))],
  ];
  const extension = ([type, make] = random.pick(values)): Bytes => {
    return sequence(
      random.chance(0.95) ? objectIdentifier(type) : identifier(),
      maybe(() => boolean(true), 0.3),
      octets(make()),
    );
  };
  /** Each once. */
  const extensions = (tag: number): Bytes => {
    const probability = random.chance(0.5) ? 0.1 : 0.6;
    const list = values.filter(() => random.chance(probability)).map((row) => extension(row));
    if (random.chance(slips)) list.push(extension());
    return list.length === 0 ? new Uint8Array(0) : element(tag, sequence(...list));
  };
  const algorithm = (): Bytes =>
    random.pick([sequence(rsa, nullElement()), sequence(ecdsa), sequence(identifier()), sequence(rsa)]);
  const key = (): Bytes =>
    random.pick([
      () => sequence(sequence(ecKey, p256), bitString(new Uint8Array([4]), random.bytes(64))),
      () =>
        sequence(
          sequence(objectIdentifier("1.2.840.113549.1.1.1"), nullElement()),
          bitString(
            sequence(
              integer(random.bytes(random.pick([64, 256, 257]))),
              integer(random.pick([3, 65_537, 4])),
            ),
          ),
        ),
      () => sequence(sequence(objectIdentifier("1.3.101.112")), bitString(random.bytes(32))),
      () => sequence(sequence(identifier()), bitString(random.bytes(9))),
    ])();
  const signed = (algorithmIdentifier: Bytes, ...fields: readonly Uint8Array[]): Bytes =>
    sequence(
      sequence(...fields),
      random.chance(0.9) ? algorithmIdentifier : algorithm(),
      bitString(random.bytes(random.pick([70, 256]))),
    );
  const certificate = (): Bytes => {
    const by = algorithm();
    return signed(
      by,
      maybe(() => element(0xa0, integer(2)), 0.95),
      integer(random.bytes(1 + random.below(21))),
      by,
      name(),
      sequence(time(), time()),
      name(),
      key(),
      maybe(() => element(0x81, random.bytes(3)), 0.05),
      extensions(0xa3),
    );
  };
  const entry = (): Bytes =>
    sequence(
      integer(random.bytes(1 + random.below(20))),
      time(),
      maybe(() => sequence(...some(2, () => extension())), 0.3),
    );
  const crl = (): Bytes => {
    const by = algorithm();
    return signed(
      by,
      integer(1),
      by,
      name(),
      time(),
      maybe(time, 0.8),
      maybe(() => sequence(...some(8, entry)), 0.8),
      extensions(0xa0),
    );
  };
  const status = (): Bytes =>
    random.pick([
      () => element(0x80),
      () =>
        element(
          0xa1,
          generalizedTime(),
          maybe(() => element(0xa0, element(0x0a, new Uint8Array([1])))),
        ),
      () => element(0x82),
    ])();
  const single = (): Bytes =>
    sequence(
      sequence(
        sequence(objectIdentifier("1.3.14.3.2.26"), maybe(nullElement)),
        octets(random.bytes(20)),
        octets(random.bytes(20)),
        integer(random.bytes(8)),
      ),
      status(),
      generalizedTime(),
      maybe(() => element(0xa0, generalizedTime())),
      extensions(0xa1),
    );
  const ocspResponse = (): Bytes => {
    const basic = sequence(
      sequence(
        random.chance(0.5) ? element(0xa1, name()) : element(0xa2, octets(random.bytes(20))),
        generalizedTime(),
        sequence(...some(3, single)),
        extensions(0xa1),
      ),
      algorithm(),
      bitString(random.bytes(70)),
      maybe(() => element(0xa0, sequence(certificate())), 0.3),
    );
    return sequence(
      element(0x0a, new Uint8Array([random.chance(0.9) ? 0 : random.below(8)])),
      maybe(() => element(0xa0, sequence(objectIdentifier("1.3.6.1.5.5.7.48.1.1"), octets(basic))), 0.95),
    );
  };
  return { certificate, crl, ocspResponse, name, nameConstraints };
}

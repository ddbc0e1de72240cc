// @ts-check
// ChaCha20-Poly1305 (RFC 8439) as a WebAssembly module: what `npm run build:wasm` makes bytes of.
//
// The caller puts key, nonce, additional data and text into memory that is all zeros, calls, takes what it came for, and makes it
// zeros again. The additional data stands at `start`, the text behind it at the next multiple of 16, and 256 bytes behind the
// text may be written over. With a tag to compare at `tag` a text is opened; sealing leaves its own there.
//
// Conditions are of lengths and of counters of rounds, and nothing else; addresses are of lengths.

import { assemble, call, fill, func, i32, i32x4, i64, loopWhile, v128 } from "./assembler.mjs";

/** @typedef {import("./assembler.mjs").Code} Code */
/** @typedef {import("./assembler.mjs").Variables} Variables */

/** src/crypto/provider/wasm/index.ts has the same: where the caller puts what. */
const given = { key: 0, nonce: 32, tag: 48, start: 512 };
const own = { r: 64, s: 96, h: 128, lengths: 176, firstBlocks: 256 };

const zero = i32.const(0);

// -------------------------------------------------------------------------------------------------------- ChaCha20

/** The words of the state, each a vector: four blocks are made at once, one in each lane. */
const words = Array.from({ length: 16 }, (_, i) => `x${i}`);
const blocksLength = 256;

/** @param {readonly number[]} values */
const lanes = (values) =>
  v128.const(values.flatMap((value) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff)));

const constants = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574].map((word) =>
  lanes([word, word, word, word]),
);

/** What the rounds begin with (RFC 8439 §2.3). @param {Variables} variables @returns {readonly Code[]} */
const firstState = ({ get }) => [
  ...constants,
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => v128.load32Splat(zero, given.key + 4 * i)),
  i32x4.add(i32x4.splat(get("counter")), lanes([0, 1, 2, 3])),
  ...[0, 1, 2].map((i) => v128.load32Splat(zero, given.nonce + 4 * i)),
];

/** @param {Variables} variables @param {Code} value @param {number} bits @returns {Code} */
function rotated({ get, set }, value, bits) {
  // By whole bytes it is one instruction of processors, where its operand is a constant.
  if (bits % 8 === 0) {
    const from = Array.from({ length: 16 }, (_, i) => (i & ~3) | ((i - bits / 8) & 3));
    return v128.swizzle(value, v128.const(from));
  }
  const [left, right] = [i32.const(bits), i32.const(32 - bits)];
  return [...set("t", value), ...v128.or(i32x4.shl(get("t"), left), i32x4.shrU(get("t"), right))];
}

/** Columns, then diagonals (§2.3.1), a step of all four quarter rounds after the other. @param {Variables} variables */
function doubleRound(variables) {
  const { get, set } = variables;
  /** @param {number} row @param {number} column */
  const word = (row, column) => `x${4 * row + (column & 3)}`;
  /** @param {string} a @param {string} b @param {string} d @param {number} bits */
  const step = (a, b, d, bits) => [
    ...set(a, i32x4.add(get(a), get(b))),
    ...set(d, rotated(variables, v128.xor(get(d), get(a)), bits)),
  ];
  /** @type {readonly (readonly [a: number, b: number, d: number, bits: number])[]} */
  const quarterRound = [
    [0, 1, 3, 16],
    [2, 3, 1, 12],
    [0, 1, 3, 8],
    [2, 3, 1, 7],
  ];
  return [0, 1].flatMap((slope) =>
    quarterRound.flatMap(([a, b, d, bits]) =>
      [0, 1, 2, 3].map((column) => {
        const [of, with_, to] = [a, b, d].map((row) => word(row, column + slope * row));
        return step(of ?? "", with_ ?? "", to ?? "", bits);
      }),
    ),
  );
}

/** Adds the first state, turns lanes into blocks, and exclusive-ors them to what stands at `text`. @param {Variables} variables */
function output(variables) {
  const { get, set } = variables;
  const first = firstState(variables);
  const low = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
  const high = low.map((byte) => byte + 8);
  const lowHalves = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  const highHalves = lowHalves.map((byte) => byte + 8);
  return [0, 4, 8, 12].flatMap((group) => {
    const [a = "", b = "", c = "", d = ""] = words.slice(group, group + 4);
    /** @param {number} block @param {Code} row */
    const put = (block, row) => {
      const offset = 64 * block + 4 * group;
      return v128.store(get("text"), v128.xor(v128.load(get("text"), offset), row), offset);
    };
    return [
      ...[a, b, c, d].flatMap((name, i) => set(name, i32x4.add(get(name), first[group + i] ?? []))),
      ...set("t", v128.shuffle(get(a), get(b), low)),
      ...set(a, v128.shuffle(get(a), get(b), high)),
      ...set(b, v128.shuffle(get(c), get(d), low)),
      ...set(c, v128.shuffle(get(c), get(d), high)),
      ...put(0, v128.shuffle(get("t"), get(b), lowHalves)),
      ...put(1, v128.shuffle(get("t"), get(b), highHalves)),
      ...put(2, v128.shuffle(get(a), get(c), lowHalves)),
      ...put(3, v128.shuffle(get(a), get(c), highHalves)),
    ];
  });
}

// -------------------------------------------------------------------------------------------------------- Poly1305

// Limbs of 32 bits. r has four, of which the upper three are multiples of four, so that s = 5/4 r is what one of them is worth above
// 2^130. h has five: between blocks h0 < 2^33.2, h1 to h3 < 2^32 and h4 < 4, which with a block added and multiplied makes no
// sum of 2^64.

const h = ["h0", "h1", "h2", "h3", "h4"];
const r = ["r0", "r1", "r2", "r3"];
const s = ["s1", "s2", "s3"];
const products = ["d0", "d1", "d2", "d3", "d4"];
const poly1305 = [...h, ...r, ...s, ...products];

/** @param {Code} value */
const low32 = (value) => i64.and(value, i64.const(0xffffffffn));
/** @param {Code} value */
const high32 = (value) => i64.shrU(value, i64.const(32n));

/** h = (h + block) r (RFC 8439 §2.5), in steps. @param {Variables} variables @param {number} offset of the block */
function absorb({ get, set }, offset) {
  /** @param {readonly (readonly [string, string])[]} pairs */
  const sum = (...pairs) =>
    pairs.map(([a, b]) => i64.mul(get(a), get(b))).reduce((left, right) => i64.add(left, right));
  /** @param {number} from */
  const carry = (from) => set(`d${from + 1}`, i64.add(get(`d${from + 1}`), high32(get(`d${from}`))));
  return [
    ...[0, 1, 2, 3].map((i) =>
      set(`h${i}`, i64.add(get(`h${i}`), i64.load32U(get("block"), offset + 4 * i))),
    ),
    set("h4", i64.add(get("h4"), i64.const(1n))),
    // h0 is what the block before gives last, so it comes last here.
    set("d0", sum(["h1", "s3"], ["h2", "s2"], ["h3", "s1"], ["h0", "r0"])),
    set("d1", sum(["h1", "r0"], ["h2", "s3"], ["h3", "s2"], ["h4", "s1"], ["h0", "r1"])),
    set("d2", sum(["h1", "r1"], ["h2", "r0"], ["h3", "s3"], ["h4", "s2"], ["h0", "r2"])),
    set("d3", sum(["h1", "r2"], ["h2", "r1"], ["h3", "r0"], ["h4", "s3"], ["h0", "r3"])),
    set("d4", sum(["h4", "r0"])),
    ...[0, 1, 2, 3].map(carry),
    ...[1, 2, 3].map((i) => set(`h${i}`, low32(get(`d${i}`)))),
    set("h4", i64.and(get("d4"), i64.const(3n))),
    set("h0", i64.add(low32(get("d0")), i64.mul(i64.shrU(get("d4"), i64.const(2n)), i64.const(5n)))),
  ];
}

/** @param {Variables} variables */
const takeUp = ({ set }) => [
  ...r.flatMap((name, i) => set(name, i64.load(zero, own.r + 8 * i))),
  ...s.flatMap((name, i) => set(name, i64.load(zero, own.s + 8 * i))),
  ...h.flatMap((name, i) => set(name, i64.load(zero, own.h + 8 * i))),
];

/** @param {Variables} variables */
const layDown = ({ get }) => h.flatMap((name, i) => i64.store(zero, get(name), own.h + 8 * i));

// -------------------------------------------------------------------------------------------------------- functions

const index = { encipher: 0, authenticate: 1, both: 2, begin: 3, finish: 4 };

/** @param {Variables} variables @param {string} name @param {number} step */
const advance = ({ get, set }, name, step) => set(name, i32.add(get(name), i32.const(step)));

/** Four blocks of keystream. */
const encipher = func(
  { params: ["text", "counter"], locals: { i32: ["round"], v128: [...words, "t"] }, answers: false },
  (variables) => [
    ...firstState(variables).flatMap((value, i) => variables.set(`x${i}`, value)),
    ...loopWhile(
      i32.ltU(variables.get("round"), i32.const(10)),
      ...doubleRound(variables),
      advance(variables, "round", 1),
    ),
    ...output(variables),
  ],
);

/** The blocks up to `end`. */
const authenticate = func(
  { params: ["block", "end"], locals: { i64: poly1305 }, answers: false },
  (variables) => [
    ...takeUp(variables),
    ...loopWhile(
      i32.ltU(variables.get("block"), variables.get("end")),
      ...absorb(variables, 0),
      advance(variables, "block", 16),
    ),
    ...layDown(variables),
  ],
);

/**
 * Four blocks of keystream, and the sixteen blocks from `block` on authenticated meanwhile: one keeps a processor's vector units
 * busy, the other those for integers, and both together take an eighth less than one after the other. What stands at `block` is read
 * before it is written, should it be the same.
 */
const both = func(
  {
    params: ["text", "block", "counter"],
    locals: { i32: ["round"], i64: poly1305, v128: [...words, "t"] },
    answers: false,
  },
  (variables) => [
    ...takeUp(variables),
    ...firstState(variables).flatMap((value, i) => variables.set(`x${i}`, value)),
    ...loopWhile(
      i32.ltU(variables.get("round"), i32.const(5)),
      ...spread(
        [...doubleRound(variables), ...doubleRound(variables)],
        [0, 16, 32].flatMap((offset) => absorb(variables, offset)),
      ),
      advance(variables, "block", 48),
      advance(variables, "round", 1),
    ),
    ...absorb(variables, 0).flat(),
    ...output(variables),
    ...layDown(variables),
  ],
);

/** The steps of one list among those of another. @param {readonly Code[]} list @param {readonly Code[]} among */
function spread(list, among) {
  const upTo = (/** @type {number} */ i) => Math.floor((i * among.length) / list.length);
  return list.flatMap((step, i) => [step, ...among.slice(upTo(i), upTo(i + 1))]);
}

/** Makes the key of Poly1305 (RFC 8439 §2.6), authenticates the additional data, and answers where the text is. */
const begin = func({ params: ["dataLength"], locals: { i32: ["text"] }, answers: true }, ({ get, set }) => {
  const clamp = [0x0fffffffn, 0x0ffffffcn, 0x0ffffffcn, 0x0ffffffcn];
  const { start } = given;
  return [
    ...call(index.encipher, i32.const(own.firstBlocks), zero),
    ...clamp.flatMap((mask, i) =>
      i64.store(zero, i64.and(i64.load32U(zero, own.firstBlocks + 4 * i), i64.const(mask)), own.r + 8 * i),
    ),
    ...[1, 2, 3].flatMap((i) => {
      const limb = i64.load(zero, own.r + 8 * i);
      return i64.store(zero, i64.add(limb, i64.shrU(limb, i64.const(2n))), own.s + 8 * (i - 1));
    }),
    ...set("text", i32.and(i32.add(get("dataLength"), i32.const(start + 15)), i32.const(-16))),
    ...call(index.authenticate, i32.const(start), get("text")),
    ...get("text"),
  ];
});

/** Authenticates the lengths and exclusive-ors the tag to what stands there: answers whether nothing but zeros remains. */
const finish = func(
  {
    params: ["dataLength", "textLength"],
    locals: { i64: [...h, "g0", "g1", "g2", "g3", "g4", "mask"] },
    answers: true,
  },
  ({ get, set }) => {
    /** @param {"g" | "h"} limbs */
    const carry = (limbs) =>
      [0, 1, 2, 3].flatMap((i) => {
        const [from, to] = [`${limbs}${i}`, `${limbs}${i + 1}`];
        return [...set(to, i64.add(get(to), high32(get(from)))), ...set(from, low32(get(from)))];
      });
    /** @param {number} i @param {Code} half */
    const compare = (i, half) => {
      const at = given.tag + 8 * i;
      return i64.store(zero, i64.xor(i64.load(zero, at), half), at);
    };
    return [
      ...i64.store(zero, i64.extendU(get("dataLength")), own.lengths),
      ...i64.store(zero, i64.extendU(get("textLength")), own.lengths + 8),
      ...call(index.authenticate, i32.const(own.lengths), i32.const(own.lengths + 16)),
      ...h.flatMap((name, i) => set(name, i64.load(zero, own.h + 8 * i))),
      ...carry("h"),
      ...set("h0", i64.add(get("h0"), i64.mul(i64.shrU(get("h4"), i64.const(2n)), i64.const(5n)))),
      ...set("h4", i64.and(get("h4"), i64.const(3n))),
      // g = h - (2^130 - 5), which counts unless it is negative.
      ...set("g0", i64.add(get("h0"), i64.const(5n))),
      ...[1, 2, 3].flatMap((i) => set(`g${i}`, get(`h${i}`))),
      ...set("g4", i64.sub(get("h4"), i64.const(4n))),
      ...carry("g"),
      ...set("mask", i64.sub(i64.shrU(get("g4"), i64.const(63n)), i64.const(1n))),
      ...[0, 1, 2, 3].flatMap((i) => {
        const difference = i64.and(i64.xor(get(`h${i}`), get(`g${i}`)), get("mask"));
        const secret = i64.load32U(zero, own.firstBlocks + 16 + 4 * i);
        return set(`h${i}`, i64.add(i64.xor(get(`h${i}`), difference), secret));
      }),
      ...carry("h"),
      ...[0, 1].flatMap((i) =>
        compare(i, i64.or(get(`h${2 * i}`), i64.shl(get(`h${2 * i + 1}`), i64.const(32n)))),
      ),
      ...i64.eqz(i64.or(i64.load(zero, given.tag), i64.load(zero, given.tag + 8))),
    ];
  },
);

const head = {
  params: ["dataLength", "textLength"],
  locals: { i32: ["text", "end", "counter"] },
  answers: true,
};

/** @param {Variables} variables */
const start = ({ get, set }) => [
  ...set("text", call(index.begin, get("dataLength"))),
  ...set("end", i32.add(get("text"), get("textLength"))),
  // Block 0 is the key of Poly1305.
  ...set("counter", i32.const(1)),
];

/** @param {Variables} variables */
const next = (variables) => [
  ...advance(variables, "text", blocksLength),
  ...advance(variables, "counter", 4),
];

const open = func({ ...head, exported: "open" }, (variables) => {
  const { get } = variables;
  return [
    ...start(variables),
    ...loopWhile(
      i32.ltU(i32.add(get("text"), i32.const(blocksLength - 1)), get("end")),
      call(index.both, get("text"), get("text"), get("counter")),
      next(variables),
    ),
    ...call(index.authenticate, get("text"), get("end")),
    ...call(index.encipher, get("text"), get("counter")),
    ...call(index.finish, get("dataLength"), get("textLength")),
  ];
});

const seal = func({ ...head, exported: "seal" }, (variables) => {
  const { get } = variables;
  const before = i32.sub(get("text"), i32.const(blocksLength));
  return [
    ...start(variables),
    ...call(index.encipher, get("text"), get("counter")),
    ...next(variables),
    ...loopWhile(
      i32.ltU(get("text"), get("end")),
      call(index.both, get("text"), before, get("counter")),
      next(variables),
    ),
    // The keystream behind the text is none of it.
    ...fill(get("end"), zero, i32.sub(get("text"), get("end"))),
    ...call(index.authenticate, before, get("end")),
    ...call(index.finish, get("dataLength"), get("textLength")),
  ];
});

export const moduleBytes = assemble([encipher, authenticate, both, begin, finish, open, seal]);

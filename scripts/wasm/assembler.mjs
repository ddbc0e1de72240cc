// @ts-check
// Bytes of a WebAssembly module. Only what scripts/wasm/chacha20Poly1305.mjs uses has a name here, and that has no `if`, no `select`
// and no table: whatever a secret is, the same is executed and the same addresses are read.

/** @typedef {readonly number[]} Code */

/** LEB128. @param {number} value @returns {Code} */
function unsigned(value) {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...unsigned(value >>> 7)];
}

/** @param {bigint} value @returns {Code} */
function signed(value) {
  const low = Number(BigInt.asUintN(7, value));
  const rest = value >> 7n;
  const ends = rest === ((low & 0x40) === 0 ? 0n : -1n);
  return ends ? [low] : [low | 0x80, ...signed(rest)];
}

const memoryPrefix = 0xfc;
const vectorPrefix = 0xfd;

/** @param {number} code @returns {(operand: Code) => Code} */
const unary = (code) => (operand) => [...operand, code];

/** @param {readonly number[]} code @returns {(left: Code, right: Code) => Code} */
const binary =
  (...code) =>
  (left, right) => [...left, ...right, ...code];

/** @param {number} code @returns {(left: Code, right: Code) => Code} */
const vector = (code) => binary(vectorPrefix, ...unsigned(code));

// The alignment is a hint, and the smallest is always true.
/** @param {readonly number[]} code @returns {(address: Code, offset?: number) => Code} */
const load =
  (...code) =>
  (address, offset = 0) => [...address, ...code, 0, ...unsigned(offset)];

/** @param {readonly number[]} code @returns {(address: Code, value: Code, offset?: number) => Code} */
const store =
  (...code) =>
  (address, value, offset = 0) => [...address, ...value, ...code, 0, ...unsigned(offset)];

export const i32 = {
  /** @param {number} value @returns {Code} */
  const: (value) => [0x41, ...signed(BigInt(value))],
  ltU: binary(0x49),
  add: binary(0x6a),
  sub: binary(0x6b),
  and: binary(0x71),
};

export const i64 = {
  /** @param {bigint} value @returns {Code} */
  const: (value) => [0x42, ...signed(value)],
  load: load(0x29),
  load32U: load(0x35),
  store: store(0x37),
  eqz: unary(0x50),
  add: binary(0x7c),
  sub: binary(0x7d),
  mul: binary(0x7e),
  and: binary(0x83),
  or: binary(0x84),
  xor: binary(0x85),
  shl: binary(0x86),
  shrU: binary(0x88),
  extendU: unary(0xad),
};

export const v128 = {
  load: load(vectorPrefix, 0x00),
  /** The same 32 bits in each lane. */
  load32Splat: load(vectorPrefix, 0x09),
  store: store(vectorPrefix, 0x0b),
  /** @param {readonly number[]} bytes @returns {Code} */
  const: (bytes) => [vectorPrefix, 0x0c, ...bytes],
  /** @param {Code} left @param {Code} right @param {readonly number[]} bytes which of both, from 0 and from 16 on @returns {Code} */
  shuffle: (left, right, bytes) => [...left, ...right, vectorPrefix, 0x0d, ...bytes],
  swizzle: vector(0x0e),
  or: vector(0x50),
  xor: vector(0x51),
};

export const i32x4 = {
  /** @param {Code} value @returns {Code} */
  splat: (value) => [...value, vectorPrefix, 0x11],
  shl: vector(0xab),
  shrU: vector(0xad),
  add: vector(0xae),
};

/** @param {Code} address @param {Code} value @param {Code} length @returns {Code} */
export const fill = (address, value, length) => [...address, ...value, ...length, memoryPrefix, 0x0b, 0];

/** @param {number} callee its place among the functions @param {readonly Code[]} operands @returns {Code} */
export const call = (callee, ...operands) => [...operands.flat(), 0x10, ...unsigned(callee)];

const nothing = 0x40;
const end = 0x0b;

/** @param {Code} condition of what is public, as all conditions are @param {readonly Code[]} body @returns {Code} */
export const loopWhile = (condition, ...body) => {
  const leave = [...condition, 0x45, 0x0d, 1];
  const again = [0x0c, 0];
  return [0x02, nothing, 0x03, nothing, ...leave, ...body.flat(), ...again, end, end];
};

const types = { i32: 0x7f, i64: 0x7e, v128: 0x7b };
/** @typedef {keyof typeof types} Type */

/**
 * @typedef {{
 *   exported?: string,
 *   params: readonly string[],
 *   locals: Readonly<Partial<Record<Type, readonly string[]>>>,
 *   answers: boolean,
 * }} Head parameters and what is answered are i32
 * @typedef {{ get: (name: string) => Code, set: (name: string, value: Code) => Code }} Variables
 * @typedef {Head & { body: Code }} Func
 */

/** @param {Head} head @param {(variables: Variables) => Code} body @returns {Func} */
export function func(head, body) {
  const names = [...head.params, ...Object.values(head.locals).flat()];
  /** @param {string} name */
  const indexOf = (name) => {
    const index = names.indexOf(name);
    if (index < 0) throw new Error(`there is no variable ${name}`);
    return unsigned(index);
  };
  const code = body({
    get: (name) => [0x20, ...indexOf(name)],
    set: (name, value) => [...value, 0x21, ...indexOf(name)],
  });
  return { ...head, body: code };
}

/** A module without imports, which exports its memory of one page. @param {readonly Func[]} funcs */
export function assemble(funcs) {
  const signatures = funcs.map(({ params, answers }) => [
    0x60,
    ...list(params.map(() => [types.i32])),
    ...list(answers ? [[types.i32]] : []),
  ]);
  const exported = funcs.flatMap(({ exported }, i) =>
    exported === undefined ? [] : [[...text(exported), 0, ...unsigned(i)]],
  );
  const bodies = funcs.map(({ locals, body }) => {
    const declared = Object.entries(locals).map(([type, names]) => [
      ...unsigned(names.length),
      types[/** @type {Type} */ (type)],
    ]);
    return sized([...list(declared), ...body, end]);
  });
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, ...sized(list(signatures))],
    ...[3, ...sized(list(funcs.map((_, i) => unsigned(i))))],
    ...[5, ...sized(list([[0, 1]]))],
    ...[7, ...sized(list([...exported, [...text("memory"), 2, 0]]))],
    ...[10, ...sized(list(bodies))],
  ]);
}

/** @param {readonly Code[]} items @returns {Code} */
function list(items) {
  return [...unsigned(items.length), ...items.flat()];
}

/** @param {Code} content @returns {Code} */
function sized(content) {
  return [...unsigned(content.length), ...content];
}

/** @param {string} ascii */
function text(ascii) {
  return list([...ascii].map((character) => [character.charCodeAt(0)]));
}

import { type Bytes, noBytes } from "../wire/bytes.ts";
import { peerError } from "../wire/error.ts";
import { Reader } from "../wire/reader.ts";
import { Writer } from "../wire/writer.ts";

/**
 * How a type looks on the wire (RFC 9846 §3). A structure is declared once, and the declaration gives its TypeScript
 * type, its encoder and its decoder. Decoders are strict; encoders check only what must fit, so that a test server can
 * send what is wrong.
 */
export interface Codec<T> {
  decode(reader: Reader): T;
  encode(writer: Writer, value: T): void;
  /** The declaration as data, for those who show bytes to people (dissect.ts). */
  readonly shape: Shape;
}

export type Shape =
  | { readonly kind: "uint"; readonly size: 1 | 2 | 3 | 4 }
  /** Without a length: whatever is left of the enclosing structure. */
  | { readonly kind: "bytes"; readonly length: number | undefined }
  | { readonly kind: "opaque"; readonly lengthSize: 1 | 2 | 3 }
  | { readonly kind: "vector"; readonly lengthSize: 1 | 2 | 3; readonly element: Shape }
  | { readonly kind: "struct"; readonly fields: readonly (readonly [name: string, shape: Shape])[] }
  /** Absent where nothing is left of the enclosing structure. */
  | { readonly kind: "optional"; readonly shape: Shape }
  /** Type, length, and a body whose shape stands in the extension's row. */
  | { readonly kind: "extension" };

export type Decoded<C> = C extends Codec<infer T> ? T : never;

/** @throws TlsError `malformed_message` or `trailing_bytes` (decode_error). */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = codec.decode(reader);
  reader.end();
  return value;
}

export function encode<T>(codec: Codec<T>, value: T): Bytes {
  const writer = new Writer();
  codec.encode(writer, value);
  return writer.finish();
}

const uint = (size: 1 | 2 | 3 | 4): Codec<number> => ({
  decode: (reader) => reader.uint(size),
  encode: (writer, value) => writer.uint(size, value),
  shape: { kind: "uint", size },
});

export const u8 = uint(1);
export const u16 = uint(2);
export const u32 = uint(4);

/** `opaque name[length]` */
export function fixed(length: number): Codec<Bytes> {
  return {
    decode: (reader) => reader.bytes(length),
    encode: (writer, value) => writer.bytes(value),
    shape: { kind: "bytes", length },
  };
}

/** Whatever is left of the enclosing structure. */
export const rest: Codec<Bytes> = {
  decode: (reader) => reader.bytes(reader.remaining),
  encode: (writer, value) => writer.bytes(value),
  shape: { kind: "bytes", length: undefined },
};

/** A structure without contents. */
export const empty: Codec<Record<never, never>> = {
  decode: () => ({}),
  encode: () => {},
  shape: { kind: "struct", fields: [] },
};

/** `opaque name<min..max>`, its length in 1, 2 or 3 bytes. */
export function opaque(lengthSize: 1 | 2 | 3, min: number, max: number): Codec<Bytes> {
  return {
    decode: (reader) => {
      const length = reader.length(lengthSize, min, max);
      return length === 0 ? noBytes : reader.bytes(length);
    },
    encode: (writer, value) => {
      writer.uint(lengthSize, value.length);
      writer.bytes(value);
    },
    shape: { kind: "opaque", lengthSize },
  };
}

/** `T name<min..max>`: the bounds count bytes. */
export function vector<T>(
  lengthSize: 1 | 2 | 3,
  min: number,
  max: number,
  element: Codec<T>,
): Codec<readonly T[]> {
  return {
    decode: (reader) => {
      const contents = reader.vector(lengthSize, min, max);
      const elements: T[] = [];
      while (contents.remaining > 0) elements.push(element.decode(contents));
      return elements;
    },
    encode: (writer, value) =>
      writer.vector(lengthSize, (contents) => {
        for (const one of value) element.encode(contents, one);
      }),
    shape: { kind: "vector", lengthSize, element: element.shape },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: Codec<unknown> is no supertype of Codec<number>; the inferred Struct is exact
type Fields = Readonly<Record<string, Codec<any>>>;
export type Struct<F extends Fields> = { readonly [K in keyof F]: Decoded<F[K]> };

/** Fields one after the other, in the order of the declaration. */
export function struct<const F extends Fields>(fields: F): Codec<Struct<F>> {
  const entries = Object.entries(fields);
  return {
    decode: (reader) => {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) value[name] = codec.decode(reader);
      return value as Struct<F>;
    },
    encode: (writer, value) => {
      for (const [name, codec] of entries) codec.encode(writer, value[name]);
    },
    shape: { kind: "struct", fields: entries.map(([name, { shape }]) => [name, shape]) },
  };
}

/** A codec whose values must also satisfy a condition of the wire format. */
export function where<T>(codec: Codec<T>, holds: (value: T) => boolean, otherwise: string): Codec<T> {
  return {
    decode: (reader) => {
      const value = codec.decode(reader);
      if (!holds(value)) throw peerError("malformed_message", otherwise);
      return value;
    },
    encode: codec.encode,
    shape: codec.shape,
  };
}

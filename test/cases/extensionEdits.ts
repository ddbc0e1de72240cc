import {
  type Body,
  type ExtensionHost,
  type ExtensionRow,
  encodeExtension,
  type RawExtension,
} from "../../src/messages/extensions/extension.ts";
import type { Bytes } from "../../src/wire/bytes.ts";

interface WithExtensions {
  readonly extensions: readonly RawExtension[];
}

/** The message with this extension, in the place of one of the same type if there is one. */
export function put<B extends WithExtensions>(body: B, ...added: readonly RawExtension[]): B {
  let { extensions } = body;
  for (const one of added) {
    const index = extensions.findIndex(({ type }) => type === one.type);
    extensions = index < 0 ? [...extensions, one] : extensions.with(index, one);
  }
  return { ...body, extensions };
}

/** The message with this extension behind the others, whatever stands there. */
export function append<B extends WithExtensions>(body: B, ...added: readonly RawExtension[]): B {
  return { ...body, extensions: [...body.extensions, ...added] };
}

export function drop<B extends WithExtensions>(body: B, ...types: readonly number[]): B {
  return { ...body, extensions: body.extensions.filter(({ type }) => !types.includes(type)) };
}

/** An extension of any type over any bytes. */
export function rawExtension(type: number, data: Bytes | readonly number[] = []): RawExtension {
  return { type, data: new Uint8Array(data) };
}

/** The bytes that an extension's row wants of it in a message. */
export function made<R extends ExtensionRow, H extends ExtensionHost>(
  row: R,
  host: H,
  body: Body<R, H>,
): RawExtension {
  return encodeExtension(row as never, host as never, body as never) as RawExtension;
}

/** Nobody has registered it. */
export const unknownType = 0xfeed;

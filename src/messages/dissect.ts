import { cipherSuiteName } from "../crypto/cipherSuites.ts";
import { groupName } from "../crypto/groups.ts";
import { signatureSchemeName } from "../crypto/signatureSchemes.ts";
import { toHex, toLatin1 } from "../wire/bytes.ts";
import { handshakeTypeName, versionName } from "../wire/registry.ts";
import type { Shape } from "./codec.ts";
import type { ExtensionHost } from "./extensions/extension.ts";
import { extensionByType, extensionName } from "./extensions/table.ts";
import { headerLength, type MessageName, messageShape } from "./handshake.ts";

/**
 * A piece of a handshake message, for people: what it is called, what it says, and which bytes say so. Children tile
 * their parent: they stand in the order of the wire, without gap or overlap.
 */
export interface Field {
  /** As the RFC calls it; the elements of a vector are `[0]`, `[1]` … */
  readonly name: string;
  /** Code points by their registered names, bytes in hexadecimal; empty where only the children say it. */
  readonly value: string;
  /** The field's bytes are `message.subarray(start, end)`, the header of the message included. */
  readonly start: number;
  readonly end: number;
  readonly children: readonly Field[];
}

/**
 * Takes a whole message apart, by the declarations of the codecs. It judges nothing and never throws: what can't be read
 * is a field called `malformed`, so that a page can show what is wrong with bytes that no decoder would take.
 */
export function dissect(name: MessageName, bytes: Uint8Array): Field {
  const walker = new Walker(name, bytes);
  const end = bytes.length;
  if (end < headerLength) return compose(name, "", 0, end, [walker.malformed(0, end)]);
  const type = leaf("msg_type", handshakeTypeName(bytes[0] as number), 0, 1);
  const length = leaf("length", `${walker.uint(1, headerLength)}`, 1, headerLength);
  const body = walker.field(name, messageShape(name), headerLength, end);
  const parts = body.children.length > 0 || body.start === body.end ? body.children : [body];
  return compose(name, "", 0, end, [type, length, ...parts, ...walker.leftOver(body.end, end)]);
}

type Says = (value: number) => string;

const pskModes = ["psk_ke", "psk_dhe_ke"];
const seconds: Says = (value) => `${value} s`;

/** What the numbers of a field mean, by the field's name or the extension's. */
const meanings: Readonly<Record<string, Says>> = {
  legacy_version: versionName,
  supported_versions: versionName,
  cipher_suite: cipherSuiteName,
  cipher_suites: cipherSuiteName,
  legacy_compression_method: (value) => (value === 0 ? "null" : `${value}`),
  legacy_compression_methods: (value) => (value === 0 ? "null" : `${value}`),
  group: groupName,
  key_share: groupName,
  supported_groups: groupName,
  algorithm: signatureSchemeName,
  signature_algorithms: signatureSchemeName,
  signature_algorithms_cert: signatureSchemeName,
  psk_key_exchange_modes: (value) => pskModes[value] ?? `${value}`,
  name_type: (value) => (value === 0 ? "host_name" : `${value}`),
  status_type: (value) => (value === 1 ? "ocsp" : `${value}`),
  request_update: (value) => ["update_not_requested", "update_requested"][value] ?? `${value}`,
  ticket_lifetime: seconds,
};

/** Fields whose bytes are names in ASCII. */
const texts: ReadonlySet<string> = new Set(["name", "application_layer_protocol_negotiation"]);

/** Longer than that, bytes are shown by their beginning and their number. */
const shownInFull = 32;
const shownOfMore = 24;

class Walker {
  readonly #message: MessageName;
  readonly #bytes: Uint8Array;

  constructor(message: MessageName, bytes: Uint8Array) {
    this.#message = message;
    this.#bytes = bytes;
  }

  /** The field that begins at `start`; it ends at `limit` at the latest, and there if it can't be read. */
  field(name: string, shape: Shape, start: number, limit: number, meaning: string = name): Field {
    switch (shape.kind) {
      case "uint": {
        const end = start + shape.size;
        if (end > limit) return this.malformed(start, limit);
        const value = this.uint(start, end);
        return leaf(name, meanings[meaning]?.(value) ?? `${value}`, start, end);
      }
      case "bytes": {
        const end = shape.length === undefined ? limit : start + shape.length;
        return end > limit ? this.malformed(start, limit) : this.#content(name, start, end, meaning);
      }
      case "opaque":
        return this.#vector(name, shape.lengthSize, start, limit, (from, to) => {
          const content = this.#content("content", from, to, meaning);
          return { value: content.value, children: from === to ? [] : [content] };
        });
      case "vector":
        return this.#vector(name, shape.lengthSize, start, limit, (from, to) => {
          const children: Field[] = [];
          for (let at = from; at < to; at = (children.at(-1) as Field).end) {
            children.push(this.field(`[${children.length}]`, shape.element, at, to, meaning));
          }
          return { value: listed(children), children };
        });
      case "struct": {
        const children: Field[] = [];
        let at = start;
        for (const [key, fieldShape] of shape.fields) {
          const child = this.field(snakeCase(key), fieldShape, at, limit);
          at = child.end;
          if (child.end > child.start) children.push(child);
          if (child.name === malformed) break;
        }
        return compose(name, "", start, at, children);
      }
      case "optional":
        return start === limit
          ? leaf(name, nothing, start, start)
          : this.field(name, shape.shape, start, limit);
      case "extension":
        return this.#extension(start, limit);
    }
  }

  /** The bytes that a structure leaves over. */
  leftOver(start: number, end: number): Field[] {
    return start === end ? [] : [leaf("trailing_bytes", this.#hex(start, end), start, end)];
  }

  malformed(start: number, end: number): Field {
    return leaf(malformed, this.#hex(start, end), start, end);
  }

  uint(start: number, end: number): number {
    let value = 0;
    for (const byte of this.#bytes.subarray(start, end)) value = value * 256 + byte;
    return value;
  }

  #vector(
    name: string,
    lengthSize: number,
    start: number,
    limit: number,
    walk: (start: number, end: number) => { value: string; children: readonly Field[] },
  ): Field {
    const from = start + lengthSize;
    if (from > limit) return this.malformed(start, limit);
    const length = this.uint(start, from);
    const prefix = leaf("length", `${length}`, start, from);
    const to = from + length;
    if (to > limit) return compose(name, "", start, limit, [prefix, ...this.#tooShort(from, limit)]);
    const { value, children } = walk(from, to);
    return compose(name, value, start, to, [prefix, ...children]);
  }

  #extension(start: number, limit: number): Field {
    const [typeEnd, from] = [start + 2, start + 4];
    if (from > limit) return this.malformed(start, limit);
    const code = this.uint(start, typeEnd);
    const name = extensionName(code);
    const length = this.uint(typeEnd, from);
    const head = [leaf("extension_type", name, start, typeEnd), leaf("length", `${length}`, typeEnd, from)];
    const to = from + length;
    if (to > limit) return compose(name, "", start, limit, [...head, ...this.#tooShort(from, limit)]);
    if (from === to) return compose(name, nothing, start, to, head);
    const shape = extensionByType(code)?.[1].in[this.#message as ExtensionHost]?.shape;
    const body =
      shape === undefined
        ? this.#content("extension_data", from, to, "")
        : this.field("extension_data", shape, from, to, name);
    const children = body.children.length > 0 ? body.children : [body];
    const value = body.name === malformed ? "" : body.value;
    return compose(name, value, start, to, [...head, ...children, ...this.leftOver(body.end, to)]);
  }

  /** What stands where more was announced. */
  #tooShort(start: number, end: number): Field[] {
    return start === end ? [] : [this.malformed(start, end)];
  }

  #content(name: string, start: number, end: number, meaning: string): Field {
    const bytes = this.#bytes.subarray(start, end);
    const text = texts.has(meaning) && bytes.every((byte) => byte > 0x20 && byte < 0x7f);
    return leaf(name, text && start < end ? toLatin1(bytes) : this.#hex(start, end), start, end);
  }

  #hex(start: number, end: number): string {
    const length = end - start;
    if (length === 0) return nothing;
    if (length <= shownInFull) return toHex(this.#bytes.subarray(start, end));
    return `${toHex(this.#bytes.subarray(start, start + shownOfMore))}… (${length} bytes)`;
  }
}

const malformed = "malformed";
const nothing = "(empty)";

function leaf(name: string, value: string, start: number, end: number): Field {
  return { name, value, start, end, children: [] };
}

function compose(name: string, value: string, start: number, end: number, children: readonly Field[]): Field {
  return { name, value, start, end, children };
}

/** A list of simple things fits a line; of others, the children tell. */
function listed(elements: readonly Field[]): string {
  if (elements.length === 0) return nothing;
  const simple = elements.every(({ name, value }) => value !== "" && /^\[\d+\]$/.test(name));
  return simple ? elements.map(({ value }) => value).join(", ") : "";
}

/** The RFC's spelling of a name in a codec. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

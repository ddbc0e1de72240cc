import { dissect, type Field } from "../../src/messages/dissect.ts";
import { extensionTable } from "../../src/messages/extensions/table.ts";
import { headerLength, type MessageName } from "../../src/messages/handshake.ts";
import { type Bytes, concat, noBytes } from "../../src/wire/bytes.ts";

/** Other bytes for a message of which every field has its place. */
export interface MessageEdit {
  readonly what: string;
  readonly apply: (message: Bytes) => Bytes;
}

/** Every change to a message that is tried: of its bytes, of its fields, and of what its fields hold. */
export function editsOf(name: MessageName, message: Bytes): readonly MessageEdit[] {
  const tree = dissect(name, message);
  return [...byteEdits(message), ...lengthEdits(message), ...fieldEdits(tree, [])];
}

const extremes = [
  ["0", () => 0],
  ["255", () => 255],
  ["its lowest bit flipped", (byte: number) => byte ^ 1],
  ["its highest bit flipped", (byte: number) => byte ^ 0x80],
] as const;

function byteEdits(message: Bytes): readonly MessageEdit[] {
  const edits: MessageEdit[] = [];
  for (let type = 0; type < 256; type++) {
    edits.push({ what: `type ${type}`, apply: (bytes) => withByte(bytes, 0, type) });
  }
  for (let at = 1; at < message.length; at++) {
    for (const [how, change] of extremes) {
      edits.push({
        what: `byte ${at}: ${how}`,
        apply: (bytes) => withByte(bytes, at, change(bytes[at] as number)),
      });
    }
  }
  return edits;
}

/** Cut short and drawn out; with the length in the header right, and with what it was. */
function lengthEdits(message: Bytes): readonly MessageEdit[] {
  const edits: MessageEdit[] = [];
  for (let length = 0; length < message.length; length++) {
    edits.push({ what: `its first ${length} bytes only`, apply: (bytes) => bytes.slice(0, length) });
    if (length < headerLength) continue;
    edits.push({
      what: `its first ${length} bytes as a whole message`,
      apply: (bytes) => withLength(bytes.slice(0, length)),
    });
  }
  for (const more of [1, 2, 255, 16384]) {
    const tail = new Uint8Array(more);
    edits.push({ what: `${more} bytes behind it`, apply: (bytes) => concat(bytes, tail) });
    edits.push({ what: `${more} bytes longer`, apply: (bytes) => withLength(concat(bytes, tail)) });
  }
  return edits;
}

/** What holds a field: where its length stands, so that it can be set right. */
interface Holder {
  readonly start: number;
  readonly size: number;
}

const knownExtensions = [...Object.values(extensionTable).map(({ type }) => type), 0x0a0a, 0xffff];

function fieldEdits(field: Field, holders: readonly Holder[]): readonly MessageEdit[] {
  const { children } = field;
  const path = `${field.name} at ${field.start}`;
  const edits: MessageEdit[] = [];
  if (children.length === 0) {
    if (field.name === "length") edits.push(...numbersOf(field, path));
    else {
      if (field.end - field.start <= 4) edits.push(...numbersOf(field, path));
      edits.push(...contentsOf(field, holders, path));
    }
    return edits;
  }
  const lengthField = children.find(({ name }) => name === "length");
  const inner =
    lengthField === undefined
      ? holders
      : [...holders, { start: lengthField.start, size: lengthField.end - lengthField.start }];
  const elements = children.filter(isElement);
  if (elements.length > 0) edits.push(...elementsOf(elements, inner, path));
  const type = children.find(({ name }) => name === "extension_type");
  if (type !== undefined) {
    for (const code of knownExtensions) {
      edits.push({
        what: `${path}: type ${code}`,
        apply: (bytes) => spliced(bytes, type.start, type.end, number(code, 2), []),
      });
    }
    const body = (lengthField as Field).end;
    edits.push({
      what: `${path}: emptied`,
      apply: (bytes) => spliced(bytes, body, field.end, noBytes, inner),
    });
  }
  // What stands in front of a length is not counted by it.
  const counted = lengthField?.end ?? 0;
  return [
    ...edits,
    ...children.flatMap((child) => fieldEdits(child, child.start < counted ? holders : inner)),
  ];
}

function isElement({ name, children }: Field): boolean {
  return /^\[\d+\]$/.test(name) || children[0]?.name === "extension_type";
}

/** A number at its extremes, and next to what it is; no length is set right. */
function numbersOf({ start, end }: Field, path: string): readonly MessageEdit[] {
  const size = end - start;
  const most = 256 ** size - 1;
  const changes: readonly (readonly [string, (value: number) => number])[] = [
    ["0", () => 0],
    ["1", () => 1],
    [`${most}`, () => most],
    ["one less", (value) => (value + most) % (most + 1)],
    ["one more", (value) => (value + 1) % (most + 1)],
    ["half of all", () => (most + 1) / 2],
    ["twice as much", (value) => (2 * value) % (most + 1)],
  ];
  return changes.map(([how, change]) => ({
    what: `${path}: ${how}`,
    apply: (bytes) => {
      let value = 0;
      for (const byte of bytes.subarray(start, end)) value = value * 256 + byte;
      return concat(bytes.subarray(0, start), number(change(value), size), bytes.subarray(end));
    },
  }));
}

/** The bytes of a field, with all lengths above right. */
function contentsOf({ start, end }: Field, holders: readonly Holder[], path: string): readonly MessageEdit[] {
  const size = end - start;
  const changes: readonly (readonly [string, (own: Bytes) => Bytes])[] = [
    ["empty", () => noBytes],
    ["one byte shorter", (own) => own.slice(1)],
    ["one byte longer", (own) => concat(own, new Uint8Array(1))],
    ["twice", (own) => concat(own, own)],
    ["all zeros", () => new Uint8Array(size)],
    ["all ones", () => new Uint8Array(size).fill(255)],
    ["255 bytes", () => new Uint8Array(255).fill(0x61)],
    ["32,768 bytes", () => new Uint8Array(32_768).fill(0x61)],
    ["65,535 bytes", () => new Uint8Array(65_535).fill(0x61)],
  ];
  return changes.map(([how, change]) => ({
    what: `${path}: ${how}`,
    apply: (bytes) => spliced(bytes, start, end, change(bytes.slice(start, end)), holders),
  }));
}

/** The elements of a list: left out, repeated, turned round. */
function elementsOf(
  elements: readonly Field[],
  holders: readonly Holder[],
  path: string,
): readonly MessageEdit[] {
  const { start } = elements[0] as Field;
  const { end } = elements.at(-1) as Field;
  const take = (bytes: Bytes): Bytes[] => elements.map((one) => bytes.slice(one.start, one.end));
  const whole: readonly (readonly [string, (own: Bytes[]) => Bytes[]])[] = [
    ["none", () => []],
    ["in reverse", (own) => own.reverse()],
    ["all twice", (own) => [...own, ...own]],
    ["the first a thousand times", (own) => Array.from({ length: 1000 }, () => own[0] as Bytes)],
    ...elements.flatMap((_, at): (readonly [string, (own: Bytes[]) => Bytes[]])[] => [
      [`without number ${at}`, (own) => own.toSpliced(at, 1)],
      [`number ${at} twice`, (own) => own.toSpliced(at, 0, own[at] as Bytes)],
    ]),
  ];
  return whole.map(([how, change]) => ({
    what: `${path}: ${how}`,
    apply: (bytes) => spliced(bytes, start, end, concat(...change(take(bytes))), holders),
  }));
}

/** Other bytes in the place of some, and the lengths of all that holds them as far as they fit. */
function spliced(
  bytes: Bytes,
  start: number,
  end: number,
  put: Uint8Array,
  holders: readonly Holder[],
): Bytes {
  const edited = concat(bytes.subarray(0, start), put, bytes.subarray(end));
  const growth = put.length - (end - start);
  for (const { start: at, size } of holders) {
    let length = 0;
    for (const byte of bytes.subarray(at, at + size)) length = length * 256 + byte;
    edited.set(number((length + growth) % 256 ** size, size), at);
  }
  return edited;
}

function withLength(bytes: Bytes): Bytes {
  const edited = bytes.slice();
  edited.set(number(bytes.length - headerLength, 3), 1);
  return edited;
}

function withByte(bytes: Bytes, at: number, value: number): Bytes {
  const edited = bytes.slice();
  edited[at] = value;
  return edited;
}

function number(value: number, size: number): Bytes {
  const bytes = new Uint8Array(size);
  for (let at = size - 1, left = value; at >= 0; at--, left = Math.floor(left / 256)) bytes[at] = left % 256;
  return bytes;
}

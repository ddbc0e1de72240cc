import { element } from "../src/der/writer.ts";
import { type Bytes, concat } from "../src/wire/bytes.ts";
import type { Random } from "./random.ts";

/** Bytes set, flipped, cut out, put in, moved or repeated: most changes hit a tag, a length or a value. */
export function mutateBytes(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Bytes {
  let bytes: Bytes = seed.slice() as Bytes;
  for (let left = 1 + random.below(4); left > 0; left--) {
    const at = random.below(bytes.length + 1);
    const size = 1 + random.below(random.chance(0.2) ? 64 : 4);
    switch (random.below(7)) {
      case 0:
        bytes[at] = random.below(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 2:
        bytes = concat(bytes.subarray(0, at), bytes.subarray(at + size));
        break;
      case 3:
        bytes = concat(bytes.subarray(0, at), random.bytes(size), bytes.subarray(at));
        break;
      case 4:
        bytes = bytes.slice(0, at);
        break;
      case 5:
        bytes = concat(bytes.subarray(0, at), bytes.subarray(Math.max(0, at - size), at), bytes.subarray(at));
        break;
      default: {
        const other = random.pick(others);
        const from = random.below(other.length);
        bytes = concat(bytes.subarray(0, at), other.subarray(from, from + size), bytes.subarray(at + size));
      }
    }
  }
  return bytes;
}

interface Node {
  tag: number;
  /** What an element holds: others, or bytes. */
  contents: Node[] | Uint8Array;
}

const mostDepth = 40;

/** Elements as far as they can be read; a string that holds elements is one of them, too. */
function treeOf(bytes: Uint8Array, depth = 0): Node[] | undefined {
  const nodes: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] as number;
    let length = bytes[at + 1] ?? 0x80;
    let head = 2;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 3) return undefined;
      length = 0;
      for (let i = 0; i < size; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
      head += size;
    }
    if (at + head + length > bytes.length) return undefined;
    const contents = bytes.subarray(at + head, at + head + length);
    const isOpen = (tag & 0x20) !== 0 || tag === 0x04;
    const inner = isOpen && depth < mostDepth && length > 0 ? treeOf(contents, depth + 1) : undefined;
    nodes.push({ tag, contents: inner ?? contents });
    at += head + length;
  }
  return nodes;
}

const written = (nodes: readonly Node[]): Bytes =>
  concat(
    ...nodes.map(({ tag, contents }) =>
      element(tag, contents instanceof Uint8Array ? contents : written(contents)),
    ),
  );

function listsOf(nodes: Node[]): Node[][] {
  return [
    nodes,
    ...nodes.flatMap(({ contents }) => (contents instanceof Uint8Array ? [] : listsOf(contents))),
  ];
}

/** Elements removed, repeated, swapped, nested, emptied or given another tag, with all lengths right afterwards. */
export function mutateElements(random: Random, seed: Uint8Array, others: readonly Uint8Array[]): Bytes {
  const tree = treeOf(seed);
  if (tree === undefined) return mutateBytes(random, seed, others);
  for (let left = 1 + random.below(3); left > 0; left--) {
    const list = random.pick(listsOf(tree).filter(({ length }) => length > 0));
    const at = random.below(list.length);
    const node = list[at] as Node;
    switch (random.below(8)) {
      case 0:
        list.splice(at, 1);
        break;
      case 1:
        for (let times = random.chance(0.1) ? 200 : 1; times > 0; times--) list.push({ ...node });
        break;
      case 2:
        list.reverse();
        break;
      case 3:
        list[at] = { tag: random.pick([0x30, 0x31, 0xa0, 0x04, 0x24]), contents: [node] };
        break;
      case 4:
        node.contents = new Uint8Array(0);
        break;
      case 5:
        node.tag = random.below(256);
        break;
      case 6:
        node.contents =
          node.contents instanceof Uint8Array ? mutateBytes(random, node.contents, others) : random.bytes(8);
        break;
      default: {
        const strangers = treeOf(random.pick(others));
        if (strangers !== undefined) list[at] = random.pick(random.pick(listsOf(strangers))) ?? node;
      }
    }
    if (tree.length === 0) break;
  }
  return written(tree);
}

import { peerError } from "../../wire/error.ts";
import { type Codec, opaque, struct, u16, vector } from "../codec.ts";
import type { RawExtension } from "./extension.ts";
import { extensionName } from "./table.ts";

const extension: Codec<RawExtension> = {
  ...struct({ type: u16, data: opaque(2, 0, 0xffff) }),
  shape: { kind: "extension" },
};

/** A block as it came, duplicates and all. */
export const uncheckedExtensions: Codec<readonly RawExtension[]> = vector(2, 0, 0xffff, extension);

/** `Extension extensions<0..2^16-1>`, in order, unknown ones included. RFC 9846 §4.3/13: none twice. */
export const extensions: Codec<readonly RawExtension[]> = {
  decode: (reader) => {
    const block = uncheckedExtensions.decode(reader);
    const seen = new Set<number>();
    for (const { type } of block) {
      if (seen.has(type)) throw peerError("duplicate_extension", extensionName(type));
      seen.add(type);
    }
    return block;
  },
  encode: uncheckedExtensions.encode,
  shape: uncheckedExtensions.shape,
};

import { type Decoded, struct } from "./codec.ts";
import { extensions } from "./extensions/block.ts";

/** RFC 9846 §4.4.1 */
export const EncryptedExtensions = struct({ extensions });
export type EncryptedExtensions = Decoded<typeof EncryptedExtensions>;

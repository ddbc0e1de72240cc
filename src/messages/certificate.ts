import { type Decoded, opaque, struct, vector } from "./codec.ts";
import { extensions } from "./extensions/block.ts";

const certificateEntry = struct({ certData: opaque(3, 1, 0xffffff), extensions });

/** RFC 9846 §4.5.1. That a server's list is not empty is checked where its sender is known. */
export const Certificate = struct({
  certificateRequestContext: opaque(1, 0, 255),
  certificateList: vector(3, 0, 0xffffff, certificateEntry),
});
export type Certificate = Decoded<typeof Certificate>;

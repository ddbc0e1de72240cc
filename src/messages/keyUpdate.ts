import { type Decoded, struct, u8 } from "./codec.ts";

/** RFC 9846 §4.7.3. Values other than 0 and 1 can be read, and are then illegal_parameter. */
export const KeyUpdate = struct({ requestUpdate: u8 });
export type KeyUpdate = Decoded<typeof KeyUpdate>;

export const updateNotRequested = 0;
export const updateRequested = 1;

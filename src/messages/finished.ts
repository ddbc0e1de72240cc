import { type Decoded, rest, struct } from "./codec.ts";

/** RFC 9846 §4.5.3. verify_data is as long as the hash, which the codec does not know: the check compares lengths too. */
export const Finished = struct({ verifyData: rest });
export type Finished = Decoded<typeof Finished>;

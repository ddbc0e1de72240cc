import { type Decoded, opaque, struct, u32 } from "./codec.ts";
import { extensions } from "./extensions/block.ts";

/** RFC 9846 §4.7.1. The lifetime counts seconds. */
export const NewSessionTicket = struct({
  ticketLifetime: u32,
  ticketAgeAdd: u32,
  ticketNonce: opaque(1, 0, 255),
  ticket: opaque(2, 1, 0xffff),
  extensions,
});
export type NewSessionTicket = Decoded<typeof NewSessionTicket>;

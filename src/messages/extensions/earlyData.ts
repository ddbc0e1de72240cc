import { empty, u32 } from "../codec.ts";
import { extension } from "./extension.ts";

/** RFC 9846 §4.3.10. In a ticket: how many bytes of early data may be sent with it. */
export const earlyData = extension("early_data", 42, {
  ClientHello: empty,
  EncryptedExtensions: empty,
  NewSessionTicket: u32,
});

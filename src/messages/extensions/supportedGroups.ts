import { u16, vector } from "../codec.ts";
import { extension } from "./extension.ts";

const namedGroupList = vector(2, 2, 0xffff, u16);

/** RFC 9846 §4.3.7. A server may tell its own preferences, which have no effect before the handshake is done. */
export const supportedGroups = extension("supported_groups", 10, {
  ClientHello: namedGroupList,
  EncryptedExtensions: namedGroupList,
});

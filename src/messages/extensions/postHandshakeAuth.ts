import { empty } from "../codec.ts";
import { extension } from "./extension.ts";

/** RFC 9846 §4.3.6 */
export const postHandshakeAuth = extension("post_handshake_auth", 49, { ClientHello: empty });

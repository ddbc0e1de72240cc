import { u16, vector } from "../codec.ts";
import { extension } from "./extension.ts";

/** RFC 9846 §4.3.1 */
export const supportedVersions = extension("supported_versions", 43, {
  ClientHello: vector(1, 2, 254, u16),
  ServerHello: u16,
  HelloRetryRequest: u16,
});

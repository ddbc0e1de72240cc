import { type Decoded, opaque, struct } from "./codec.ts";
import { extensions } from "./extensions/block.ts";

/** RFC 9846 §4.4.2 */
export const CertificateRequest = struct({ certificateRequestContext: opaque(1, 0, 255), extensions });
export type CertificateRequest = Decoded<typeof CertificateRequest>;

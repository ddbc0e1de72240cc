import { type Decoded, opaque, struct, u16 } from "./codec.ts";

/** RFC 9846 §4.5.2 */
export const CertificateVerify = struct({ algorithm: u16, signature: opaque(2, 0, 0xffff) });
export type CertificateVerify = Decoded<typeof CertificateVerify>;

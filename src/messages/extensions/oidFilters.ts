import { opaque, struct, vector } from "../codec.ts";
import { extension } from "./extension.ts";

/** RFC 9846 §4.3.5: what a client's certificate has to contain. */
export const oidFilters = extension("oid_filters", 48, {
  CertificateRequest: vector(2, 0, 0xffff, struct({ oid: opaque(1, 1, 255), values: opaque(2, 0, 0xffff) })),
});

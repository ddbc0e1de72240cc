import { empty, opaque, struct, u8, vector, where } from "../codec.ts";
import { extension } from "./extension.ts";

const hostName = struct({ nameType: u8, name: opaque(2, 1, 0xffff) });

/** RFC 6066 §3. The acknowledgement is empty. */
export const serverName = extension("server_name", 0, {
  ClientHello: where(
    vector(2, 1, 0xffff, hostName),
    (names) => new Set(names.map((one) => one.nameType)).size === names.length,
    "two server names of one type",
  ),
  EncryptedExtensions: empty,
  CertificateRequest: empty,
});

import { opaque, vector } from "../codec.ts";
import { extension } from "./extension.ts";

const protocolNameList = vector(2, 2, 0xffff, opaque(1, 1, 0xff));

/** RFC 7301 §3.1 */
export const applicationLayerProtocolNegotiation = extension("application_layer_protocol_negotiation", 16, {
  ClientHello: protocolNameList,
  EncryptedExtensions: protocolNameList,
});

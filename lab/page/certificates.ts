import { p256 } from "@noble/curves/nist.js";
import type { SignatureSchemeName } from "../../src/crypto/signatureSchemes.ts";
import type { ClientIdentity } from "../../src/identity/clientIdentity.ts";
import { decodeBase64 } from "../../src/wire/base64.ts";
import { type Bytes, copyOf, fromHex } from "../../src/wire/bytes.ts";
import type { ServerCredentials } from "../signer.ts";
import { chainData, clientChain, clientKey, rootCertificates, serverKey } from "./certificateData.ts";

/** A chain that the page's server can show. */
export type ChainName = keyof typeof chainData;

export const chainNames = Object.keys(chainData) as readonly ChainName[];

const schemes: readonly SignatureSchemeName[] = ["ecdsa_secp256r1_sha256"];

export const trustedRoots: readonly Bytes[] = rootCertificates.map(der);

export function serverCredentials(chain: ChainName): ServerCredentials {
  const sign = signer(serverKey);
  return { certificates: chainData[chain].map(der), schemes, sign: async (_, content) => sign(content) };
}

export function clientIdentity(): ClientIdentity {
  const sign = signer(clientKey);
  return { certificates: clientChain.map(der), schemes, sign: (_, content) => sign(content) };
}

/** ECDSA without a random number (RFC 6979): the same content has the same signature everywhere. */
function signer(key: string): (content: Bytes) => Bytes {
  const scalar = fromHex(key);
  return (content) => copyOf(p256.sign(content, scalar, { format: "der" }));
}

function der(base64: string): Bytes {
  return decodeBase64(base64) as Bytes;
}

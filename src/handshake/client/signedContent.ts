import { type Bytes, concat, fromAscii } from "../../wire/bytes.ts";

function context(side: "server" | "client"): Bytes {
  const label = fromAscii(`TLS 1.3, ${side} CertificateVerify`);
  return concat(new Uint8Array(64).fill(0x20), label, new Uint8Array(1));
}

const contexts = { server: context("server"), client: context("client") } as const;

/** RFC 9846 §4.5.2: what CertificateVerify signs. */
export function signedContent(side: "server" | "client", transcriptHash: Bytes): Bytes {
  return concat(contexts[side], transcriptHash);
}

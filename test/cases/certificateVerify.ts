import type { LabContext } from "../../lab/context.ts";
import { signedContent } from "../../lab/honest.ts";
import { believer } from "../../lab/leafKey.ts";
import type { MisusedScheme } from "../../lab/signer.ts";
import { type SignatureSchemeName, signatureSchemes } from "../../src/crypto/signatureSchemes.ts";
import { makeHello } from "../../src/handshake/client/clientHello.ts";
import type { HelloSource } from "../../src/handshake/client/parameters.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { decodeMessage, encodeMessage } from "../../src/messages/handshake.ts";
import { type Bytes, concat } from "../../src/wire/bytes.ts";
import { type Case, type CredentialKind, expectEqual } from "./case.ts";
import { made, put } from "./extensionEdits.ts";
import { certified, refusal, success } from "./meeting.ts";

const handshakeSchemes = (Object.keys(signatureSchemes) as SignatureSchemeName[]).filter(
  (name) => signatureSchemes[name].handshake,
);

/** The schemes that fit each kind of key. */
const fitting: Readonly<Record<CredentialKind, readonly SignatureSchemeName[]>> = {
  "P-256": ["ecdsa_secp256r1_sha256"],
  "P-384": ["ecdsa_secp384r1_sha384"],
  "P-521": ["ecdsa_secp521r1_sha512"],
  Ed25519: ["ed25519"],
  RSA: ["rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512"],
  "RSA-PSS": ["rsa_pss_pss_sha256", "rsa_pss_pss_sha384", "rsa_pss_pss_sha512"],
};
const kinds = Object.keys(fitting) as CredentialKind[];

const misused = { rsa_pkcs1_sha1: 0x0201, ecdsa_sha1: 0x0203 } as const satisfies Record<
  MisusedScheme,
  number
>;

const codeOf = (scheme: SignatureSchemeName | MisusedScheme): number =>
  scheme in misused ? misused[scheme as MisusedScheme] : signatureSchemes[scheme as SignatureSchemeName].code;

/** A CertificateVerify that is right but for its scheme. */
function signedWith(scheme: SignatureSchemeName | MisusedScheme, saltLength?: number) {
  return async (_: unknown, context: LabContext) => ({
    algorithm: codeOf(scheme),
    signature: await context.options.credentials.sign(
      scheme,
      signedContent("server", context.transcriptHash()),
      saltLength,
    ),
  });
}

/** Offers schemes in signature_algorithms that this client never offers by itself. */
function offeringSchemes(...schemes: readonly number[]): HelloSource {
  return async (parameters, retry) => {
    const first = await makeHello(parameters, retry);
    const body = decodeMessage("ClientHello", first.message.bytes);
    const offer = put(body, made(table.signatureAlgorithms, "ClientHello", schemes));
    return { ...first, message: encodeMessage("ClientHello", offer) };
  };
}

/** Why a scheme does not fit a key, as the rules have it. */
function unfitRules(kind: CredentialKind, scheme: SignatureSchemeName): readonly string[] {
  if (kind === "RSA-PSS" && scheme.startsWith("rsa_pss_rsae")) return ["4.5.2/8", "4.3.3/1", "4.3.3/8"];
  if (kind === "RSA" && scheme.startsWith("rsa_pss_pss")) return ["4.5.2/8", "4.3.3/1", "4.3.3/12"];
  return ["4.5.2/8", "4.3.3/1"];
}

const flip = (bytes: Bytes, index: number): Bytes =>
  bytes.with(index, (bytes.at(index) as number) ^ 1) as Bytes;

/** Signatures that are none, over the right content or not. */
const badContents: readonly (readonly [
  what: string,
  rules: readonly string[],
  change: (content: Bytes, context: LabContext) => Bytes,
])[] = [
  [
    "over the client's context string",
    ["4.5.2/4"],
    (_, context) => signedContent("client", context.transcriptHash()),
  ],
  ["over the transcript hash alone", ["4.5.2/4"], (_, context) => context.transcriptHash()],
  ["without the 64 spaces", ["4.5.2/4"], (content) => content.slice(64)],
  ["with 63 spaces", ["4.5.2/4"], (content) => content.slice(1)],
  ["without the zero byte", ["4.5.2/4"], (content) => concat(content.subarray(0, 97), content.subarray(98))],
  ["with a byte behind the hash", ["4.5.2/4"], (content) => concat(content, new Uint8Array(1))],
  ["over another transcript hash", ["4.5.2/12", "4.5.2/11"], (content) => flip(content, -1)],
  [
    "over the transcript without Certificate",
    ["4.5.2/12", "4.5.2/11"],
    (_, context) => signedContent("server", context.hash.digest(concat(...context.transcript.slice(0, -1)))),
  ],
  [
    "over the transcript without the ClientHello",
    ["4.5.2/12", "4.5.2/11"],
    (_, context) => signedContent("server", context.hash.digest(concat(...context.transcript.slice(1)))),
  ],
  ["over nothing", ["4.5.2/12", "4.5.2/11"], () => new Uint8Array(0)],
];

const badSignatures: readonly (readonly [what: string, change: (signature: Bytes) => Bytes])[] = [
  ["with another last bit", (signature) => flip(signature, -1)],
  ["with another first bit", (signature) => flip(signature, 0)],
  ["that is empty", () => new Uint8Array(0)],
  ["that is cut short", (signature) => signature.slice(0, -1)],
  ["with a byte behind it", (signature) => concat(signature, new Uint8Array(1))],
  ["of zeros", (signature) => new Uint8Array(signature.length)],
  ["of 65,535 bytes", () => new Uint8Array(65_000)],
];

export const cases: readonly Case[] = [
  ...kinds.flatMap((kind) =>
    fitting[kind].map((scheme) =>
      success({
        name: `takes ${scheme} of a key of the kind ${kind}`,
        rules:
          scheme === "rsa_pss_rsae_sha256" ? ["9.1/5"] : scheme === "ecdsa_secp256r1_sha256" ? ["9.1/6"] : [],
        key: kind,
        client: { signatureSchemes: [scheme] },
        check: (_, handshake) => expectEqual(certified(handshake).signatureScheme, scheme, "the scheme"),
      }),
    ),
  ),

  // A scheme that was not offered
  ...kinds.flatMap((kind) =>
    fitting[kind].map((scheme) =>
      refusal({
        name: `refuses ${scheme}, which was not offered`,
        rules: ["4.5.2/5"],
        key: kind,
        client: { signatureSchemes: handshakeSchemes.filter((name) => name !== scheme) },
        bends: { messages: { CertificateVerify: signedWith(scheme) } },
        code: "signature_scheme_not_offered",
        alert: "illegal_parameter",
        under: "handshake",
      }),
    ),
  ),
  ...(["rsa_pkcs1_sha256", "rsa_pkcs1_sha384", "rsa_pkcs1_sha512"] as const).flatMap((scheme) => [
    refusal({
      name: `refuses ${scheme}, which was offered for certificates`,
      rules: ["4.5.2/5"],
      key: "RSA",
      bends: { messages: { CertificateVerify: signedWith(scheme) } },
      code: "signature_scheme_not_offered",
      alert: "illegal_parameter",
      under: "handshake",
    }),
    refusal({
      name: `refuses ${scheme} even where it was offered for the handshake`,
      rules: ["4.5.2/5"],
      key: "RSA",
      parameters: { hello: offeringSchemes(codeOf(scheme), codeOf("rsa_pss_rsae_sha256")) },
      bends: { messages: { CertificateVerify: signedWith(scheme) } },
      code: "signature_scheme_not_offered",
      alert: "illegal_parameter",
      under: "handshake",
    }),
  ]),
  ...(
    [
      ["rsa_pkcs1_sha1", "RSA", "rsa_pss_rsae_sha256"],
      ["ecdsa_sha1", "P-256", "ecdsa_secp256r1_sha256"],
    ] as const
  ).flatMap(([scheme, key, honest]) => [
    refusal({
      name: `refuses ${scheme}`,
      rules: ["4.5.2/10", "4.5.2/5"],
      key,
      bends: { messages: { CertificateVerify: signedWith(scheme) } },
      code: "signature_scheme_not_offered",
      alert: "illegal_parameter",
      under: "handshake",
      says: new RegExp(scheme),
    }),
    refusal({
      name: `refuses ${scheme} even where it was offered`,
      rules: ["4.5.2/10"],
      key,
      parameters: { hello: offeringSchemes(codeOf(scheme), codeOf(honest)) },
      bends: { messages: { CertificateVerify: signedWith(scheme) } },
      code: "signature_scheme_not_offered",
      alert: "illegal_parameter",
      under: "handshake",
    }),
  ]),
  ...[0x0000, 0x0303, 0x0808, 0x081a, 0x0904, 0x0a0a, 0xffff].map((algorithm) =>
    refusal({
      name: `refuses the scheme 0x${algorithm.toString(16).padStart(4, "0")}, which nobody offers`,
      rules: ["4.5.2/5"],
      bends: { messages: { CertificateVerify: (body) => ({ ...body, algorithm }) } },
      code: "signature_scheme_not_offered",
      alert: "illegal_parameter",
      under: "handshake",
    }),
  ),

  // A scheme that does not fit the key
  ...kinds.flatMap((kind) =>
    handshakeSchemes
      .filter((scheme) => !fitting[kind].includes(scheme))
      .map((scheme) =>
        refusal({
          name: `refuses ${scheme} of a key of the kind ${kind}`,
          rules: unfitRules(kind, scheme),
          key: kind,
          bends: { messages: { CertificateVerify: (body) => ({ ...body, algorithm: codeOf(scheme) }) } },
          code: "signature_scheme_unfit_for_key",
          alert: "illegal_parameter",
          under: "handshake",
        }),
      ),
  ),
  refusal({
    name: "refuses to believe a key that may not sign",
    rules: ["key_usage_forbids_signing"],
    client: { verifier: async (presented) => ({ ...(await believer(presented)), maySign: false }) },
    code: "key_usage_forbids_signing",
    alert: "illegal_parameter",
    under: "handshake",
  }),
  refusal({
    name: "checks the signature with the key of the verifier's identity",
    rules: ["4.5.2/11"],
    client: {
      verifier: async ({ chain, ...presented }) =>
        believer({ ...presented, signal: presented.signal, chain: chain.slice(1) }),
    },
    code: "bad_handshake_signature",
    alert: "decrypt_error",
    under: "handshake",
  }),

  // The signature
  ...badContents.map(([what, rules, signed]) =>
    refusal({
      name: `refuses a signature ${what}`,
      rules,
      bends: { signedContent: signed },
      code: "bad_handshake_signature",
      alert: "decrypt_error",
      under: "handshake",
    }),
  ),
  ...kinds.flatMap((key) =>
    badSignatures.map(([what, change]) =>
      refusal({
        name: `refuses a signature ${what}, of a key of the kind ${key}`,
        rules: ["4.5.2/12", "4.5.2/11"],
        key,
        bends: {
          messages: {
            CertificateVerify: (body) => ({ ...body, signature: change(body.signature) }),
          },
        },
        code: "bad_handshake_signature",
        alert: "decrypt_error",
        under: "handshake",
      }),
    ),
  ),
  ...(["RSA", "RSA-PSS"] as const).flatMap((key) =>
    fitting[key].flatMap((scheme) =>
      [0, 20, 31, 33].map((saltLength) =>
        refusal({
          name: `refuses ${scheme} with a salt of ${saltLength} bytes`,
          rules: [key === "RSA" ? "4.3.3/6" : "4.3.3/10"],
          key,
          bends: { messages: { CertificateVerify: signedWith(scheme, saltLength) } },
          code: "bad_handshake_signature",
          alert: "decrypt_error",
          under: "handshake",
        }),
      ),
    ),
  ),
];

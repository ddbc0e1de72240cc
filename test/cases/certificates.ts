import { believer } from "../../lab/leafKey.ts";
import { after, send } from "../../lab/script.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import type { PresentedCertificates } from "../../src/trust/verifier.ts";
import { type Bytes, concat } from "../../src/wire/bytes.ts";
import { peerError } from "../../src/wire/error.ts";
import { misdeeds, type PeerErrorCode } from "../../src/wire/misdeeds.ts";
import { type Case, expect, expectEqual } from "./case.ts";
import { append, drop, made, put, rawExtension } from "./extensionEdits.ts";
import { certified, type Meeting, refusal, type SuccessRow, serverName, success } from "./meeting.ts";

const { signatureAlgorithms, signatureAlgorithmsCert, certificateAuthorities, oidFilters, statusRequest } =
  table;

/** What a client without a certificate says to a request: an empty Certificate, and Finished (RFC 9846 §4.5.1). */
function expectEmptyAnswer({ lab, client }: Meeting): void {
  const after = lab.seen.messages.slice(lab.context.hellos.length).map(({ name }) => name);
  expectEqual(after, ["Certificate", "Finished"], "the client's second flight");
  const [certificate] = lab.seen.named("Certificate");
  expectEqual(certificate?.body.certificateList, [], "the certificates");
  expectEqual(
    certificate?.body.certificateRequestContext,
    lab.context.options.requestCertificate === false ? undefined : new Uint8Array(0),
    "the context",
  );
  expectEqual(certificate?.epoch, "handshake", "the keys of the client's Certificate");
  expectEqual(client.handshake?.certificateRequested, true, "certificateRequested");
}

/** Things that a request may hold without harm. */
const tolerated: readonly Pick<SuccessRow, "name" | "rules" | "bends">[] = [
  {
    name: "answers a request with an empty Certificate",
    rules: ["4.5.1/1", "4.5.1/3", "4.5.1/4", "4.5.1/5", "4/1"],
  },
  {
    name: "takes a request without signature_algorithms_cert",
    rules: ["4.3.3/4"],
    bends: { messages: { CertificateRequest: (body) => drop(body, signatureAlgorithmsCert.type) } },
  },
  {
    name: "takes a request with PKCS#1 v1.5 schemes in it",
    rules: ["4.3.3/5"],
    bends: {
      messages: {
        CertificateRequest: (body) =>
          put(body, made(signatureAlgorithms, "CertificateRequest", [0x0401, 0x0501, 0x0601])),
      },
    },
  },
  {
    name: "takes a request with SHA-1 schemes in it",
    rules: ["4.3.3/16"],
    bends: {
      messages: {
        CertificateRequest: (body) =>
          append(
            put(body, made(signatureAlgorithms, "CertificateRequest", [0x0403, 0x0201, 0x0203])),
            made(signatureAlgorithmsCert, "CertificateRequest", [0x0201, 0x0203]),
          ),
      },
    },
  },
  {
    name: "takes a request with schemes in it that nobody knows",
    rules: ["9.3/1"],
    bends: {
      messages: {
        CertificateRequest: (body) =>
          put(body, made(signatureAlgorithms, "CertificateRequest", [0xfe01, 0x0a0a])),
      },
    },
  },
  {
    name: "takes a request with certificate_authorities",
    rules: ["4.3.4/2"],
    bends: {
      messages: {
        CertificateRequest: (body) =>
          append(
            body,
            made(certificateAuthorities, "CertificateRequest", [
              new Uint8Array([0x30, 0]),
              new Uint8Array(300),
            ]),
          ),
      },
    },
  },
  {
    name: "takes a request with oid_filters that it does not know",
    rules: ["4.3.5/3"],
    bends: {
      messages: {
        CertificateRequest: (body) =>
          append(
            body,
            made(oidFilters, "CertificateRequest", [
              { oid: new Uint8Array([0x2a, 3, 4]), values: new Uint8Array([5, 0]) },
              { oid: new Uint8Array([0x55, 0x1d, 0x0f]), values: new Uint8Array(0) },
            ]),
          ),
      },
    },
  },
  {
    name: "takes a request with an empty status_request",
    rules: ["4.5.1.1/1"],
    bends: { messages: { CertificateRequest: (body) => append(body, rawExtension(statusRequest.type)) } },
  },
];

/** The certificate errors that a verifier may answer with: each has the alert of its row. */
const verifierCodes = (Object.keys(misdeeds) as PeerErrorCode[]).filter(
  (code) => code.startsWith("certificate_") && code !== "certificate_context_not_empty",
);

const staple: Bytes = new Uint8Array([0x30, 3, 0x0a, 1, 0]);
const timestamps: readonly Bytes[] = [new Uint8Array(47).fill(1), new Uint8Array(48).fill(2)];

export const cases: readonly Case[] = [
  // CertificateRequest
  ...tolerated.map((row) =>
    success({ ...row, server: { requestCertificate: true }, check: (meeting) => expectEmptyAnswer(meeting) }),
  ),
  success({
    name: "answers a request with the keys that are in force, after a retry, too",
    rules: ["4.5.1/1"],
    client: { keyShares: [] },
    server: { requestCertificate: true },
    check: (meeting) => expectEmptyAnswer(meeting),
  }),
  success({
    name: "sends no Certificate where none is asked for",
    rules: ["4.5.1/2"],
    check: ({ lab, client }) => {
      expectEqual(
        lab.seen.messages.map(({ name }) => name),
        ["ClientHello", "Finished"],
        "the client's messages",
      );
      expectEqual(client.handshake?.certificateRequested, false, "certificateRequested");
    },
  }),
  ...[1, 255].map((length) =>
    refusal({
      name: `refuses a request with a context of ${length} bytes`,
      rules: ["4.4.2/1"],
      server: { requestCertificate: true },
      bends: {
        messages: {
          CertificateRequest: (body) => ({ ...body, certificateRequestContext: new Uint8Array(length) }),
        },
      },
      code: "request_context_not_empty",
      alert: "illegal_parameter",
      under: "handshake",
    }),
  ),
  refusal({
    name: "refuses a request without signature_algorithms",
    rules: ["4.4.2/2"],
    server: { requestCertificate: [] },
    code: "request_without_signature_algorithms",
    alert: "missing_extension",
    under: "handshake",
  }),
  refusal({
    name: "refuses a request with signature_algorithms_cert in place of signature_algorithms",
    rules: ["4.4.2/2"],
    server: { requestCertificate: [made(signatureAlgorithmsCert, "CertificateRequest", [0x0403])] },
    code: "request_without_signature_algorithms",
    alert: "missing_extension",
    under: "handshake",
  }),

  // Certificate
  refusal({
    name: "refuses a Certificate without certificates",
    rules: ["4.5.1.3/1"],
    bends: { messages: { Certificate: (body) => ({ ...body, certificateList: [] }) } },
    code: "no_certificate",
    alert: "decode_error",
    under: "handshake",
  }),
  ...[1, 255].map((length) =>
    refusal({
      name: `refuses a Certificate with a context of ${length} bytes`,
      rules: ["4.5.1/6"],
      bends: {
        messages: { Certificate: (body) => ({ ...body, certificateRequestContext: new Uint8Array(length) }) },
      },
      code: "certificate_context_not_empty",
      alert: "illegal_parameter",
      under: "handshake",
    }),
  ),
  refusal({
    name: "refuses a context in the Certificate even where a certificate is asked for",
    rules: ["4.5.1/6"],
    server: { requestCertificate: true },
    bends: {
      messages: { Certificate: (body) => ({ ...body, certificateRequestContext: new Uint8Array(1) }) },
    },
    code: "certificate_context_not_empty",
    alert: "illegal_parameter",
    under: "handshake",
  }),
  ...[0, 1].map((index) =>
    refusal({
      name: `refuses an empty certificate, number ${index + 1} of the list`,
      rules: ["6/10"],
      bends: {
        messages: {
          Certificate: (body) => ({
            ...body,
            certificateList: body.certificateList.map((entry, i) =>
              i === index ? { ...entry, certData: new Uint8Array(0) } : entry,
            ),
          }),
        },
      },
      code: "malformed_message",
      alert: "decode_error",
      under: "handshake",
    }),
  ),
  refusal({
    name: "takes the first certificate for the server's own, and no other",
    rules: ["4.5.1/15"],
    bends: {
      messages: {
        Certificate: (body) => ({ ...body, certificateList: body.certificateList.toReversed() }),
      },
    },
    code: "bad_handshake_signature",
    alert: "decrypt_error",
    under: "handshake",
  }),
  {
    name: "hands the chain as it came, the name, the time, OCSP and SCTs to the verifier, and shows them",
    rules: [],
    run: async (harness) => {
      let presented: PresentedCertificates | undefined;
      const row = success({
        name: "",
        rules: [],
        client: {
          verifier: (given) => {
            presented = given;
            return believer(given);
          },
        },
        server: { ocspResponse: staple, signedCertificateTimestamps: timestamps },
        check: async (_, handshake) => {
          const { certificate } = certified(handshake);
          const { certificates } = await harness.credentials("P-256");
          expect(presented !== undefined, "the verifier was not asked");
          expectEqual(presented.chain, certificates, "the chain");
          expectEqual(presented.serverName, serverName, "the name");
          expectEqual(presented.ocspResponse, staple, "the OCSP response");
          expectEqual(presented.signedCertificateTimestamps, timestamps, "the SCTs");
          expect(Math.abs(presented.time - harness.provider.now()) < 60_000, `the time: ${presented.time}`);
          expect(presented.provider === harness.provider, "another provider");
          expectEqual(
            [certificate.chain, certificate.ocspResponse, certificate.signedCertificateTimestamps],
            [certificates, staple, timestamps],
            "what is shown of the certificate",
          );
        },
      });
      await row.run(harness);
    },
  },
  success({
    name: "shows neither OCSP nor SCTs where there are none, and none of an issuer's",
    rules: [],
    bends: {
      messages: {
        Certificate: (body) => ({
          ...body,
          certificateList: body.certificateList.map((entry, index) =>
            index === 0
              ? entry
              : append(
                  entry,
                  made(statusRequest, "Certificate", { statusType: 1, response: staple }),
                  made(table.signedCertificateTimestamp, "Certificate", timestamps),
                ),
          ),
        }),
      },
    },
    check: (_, handshake) => {
      const { certificate } = certified(handshake);
      expectEqual(
        [certificate.ocspResponse, certificate.signedCertificateTimestamps],
        [undefined, []],
        "OCSP and SCTs",
      );
    },
  }),
  success({
    name: "takes a Certificate that fills several records",
    rules: ["5.1/2"],
    bends: {
      messages: {
        Certificate: (body) => ({
          ...body,
          certificateList: [
            ...body.certificateList,
            ...Array.from({ length: 3 }, (_, index) => ({
              certData: concat(new Uint8Array([index]), new Uint8Array(20_000)),
              extensions: [],
            })),
          ],
        }),
      },
    },
    check: (_, handshake) => expectEqual(certified(handshake).certificate.chain.length, 5, "certificates"),
  }),
  ...verifierCodes.map((code) =>
    refusal({
      name: `tells the server with the alert ${misdeeds[code].alert} that the verifier says ${code}`,
      rules: code === "certificate_unsupported" ? ["4.5.1.2/11"] : [code],
      client: {
        verifier: () => {
          throw peerError(code, "says the test");
        },
      },
      code,
      alert: misdeeds[code].alert,
      under: "handshake",
      says: /says the test/,
    }),
  ),
  success({
    name: "drops a ticket with extensions that it does not know, and goes on",
    rules: ["4.7.1/2", "4.7.1/15", "9.3/4", "4.3/3"],
    bends: {
      script: after("read application", {
        ...send("NewSessionTicket", {
          ticketLifetime: 100,
          ticketAgeAdd: 7,
          ticketNonce: new Uint8Array(1),
          ticket: new Uint8Array(9),
          extensions: [rawExtension(0xfeed, [1, 2]), rawExtension(0x3a3a)],
        }),
      }),
    },
  }),
];

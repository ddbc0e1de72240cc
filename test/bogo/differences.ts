import { defaultProvider, type TlsErrorCode } from "../../src/index.ts";

/** Cases in which BoringSSL and we part ways: the runner calls them failed, each time in this one way. */
export interface Difference {
  readonly tests: readonly string[];
  /** What the runner wants. */
  readonly theirs: string;
  /** What happens here. */
  readonly does: string;
  /** Why that may be so, with the section that says it. */
  readonly why: string;
  readonly verdict: "unexpected success" | "unexpected error" | "unexpected failure";
  /** The code that the shim prints; undefined where nothing fails. */
  readonly ours: TlsErrorCode | `alert_received:${string}` | "mismatch" | undefined;
  /** What the runner saw on its side, or a part of it; empty where nothing went wrong, or where it depends on who closes first. */
  readonly heard: string;
}

/** Node 24 and newer: what this library offers by default depends on it. */
const hasOwnMlKem = defaultProvider.keyExchanges.some(
  ({ name, onRequest }) => name === "X25519MLKEM768" && onRequest !== true,
);

export const differences: readonly Difference[] = [
  {
    tests: ["CertificateVerificationDoesNotFailOnResume-Client-TLS13-*"],
    theirs: "a session is resumed although the verifier would refuse its certificate by now",
    does: "asks the verifier first, offers no session, and has the server show a certificate, which is refused",
    why: "RFC 9846 §4.7.1 lets a client offer a ticket, and never asks it to",
    verdict: "unexpected failure",
    ours: "certificate_rejected",
    heard: "remote error: unknown certificate",
  },
  {
    tests: ["CertificateVerificationFail-Client-TLS13-TLS-Sync*"],
    theirs: "handshake_failure, where a callback refuses a certificate and does not say why",
    does: "sends certificate_unknown",
    why: "RFC 9846 §6.2 has that alert for certificates that are not accepted for some other reason",
    verdict: "unexpected error",
    ours: "certificate_rejected",
    heard: "remote error: unknown certificate",
  },
  {
    tests: ["GarbageCertificate-Client-TLS13"],
    theirs: "decode_error for a certificate that can't be read",
    does: "sends bad_certificate",
    why: "the message was decoded well, and RFC 9846 §6.2 has bad_certificate for certificates that are corrupt",
    verdict: "unexpected error",
    ours: "certificate_malformed",
    heard: "remote error: bad certificate",
  },
  {
    tests: ["Client-VerifyDefault-ML-DSA-*-TLS13"],
    theirs: "illegal_parameter for a signature that was not offered",
    does: "refuses the certificate with such a key, before its signature comes: unsupported_certificate",
    why: "RFC 9846 §6.2 has that alert for certificates of a kind that is not supported",
    verdict: "unexpected error",
    ours: "certificate_unsupported",
    heard: "remote error: unsupported certificate",
  },
  {
    tests: [
      "Client-VerifyDefault-ECDSA_P521_SHA512-TLS13",
      "Client-VerifyDefault-Ed25519-TLS13",
      "Ed25519DefaultDisable-NoAccept",
    ],
    theirs: "Ed25519, and ECDSA over P-521, are not offered unless the program wants it",
    does: "offers and takes both",
    why: "RFC 9846 §4.3.3 has both schemes, and leaves the choice to the client",
    verdict: "unexpected success",
    ours: undefined,
    heard: "",
  },
  {
    tests: ["Ed25519DefaultDisable-NoAdvertise"],
    theirs: "no scheme in common with a server that has an Ed25519 key",
    does: "offers Ed25519, and connects",
    why: "as above",
    verdict: "unexpected success",
    ours: undefined,
    heard: "",
  },
  {
    tests: ["Client-Verify-RSA_PKCS1_*-TLS13", "Client-Verify-ECDSA_SHA1-TLS13", "Client-TLS13-NoVerify-*"],
    theirs:
      "a hello that offers nothing but schemes that TLS 1.3 forbids, and illegal_parameter once one is used",
    does: "sends no such hello: the option is refused",
    why: "by RFC 9846 §4.3.3 none of them may sign a handshake, so no server could answer",
    verdict: "unexpected error",
    ours: "invalid_option",
    heard: "",
  },
  {
    tests: ["SendUnsolicitedOCSPOnCertificate-TLS13", "SendUnsolicitedSCTOnCertificate-TLS13"],
    theirs: "OCSP responses and timestamps are refused, for the shim was not told to ask for them",
    does: "takes them, for it always asks",
    why: "status_request and signed_certificate_timestamp stand in every hello of ours (RFC 9846 §4.5.1.1)",
    verdict: "unexpected success",
    ours: undefined,
    heard: "",
  },
  {
    tests: ["EMS-Forbidden-TLS13", "RenegotiationInfo-Forbidden-TLS13"],
    theirs: "extensions of TLS 1.2 in EncryptedExtensions are refused",
    does: "gets none: the runner answers only hellos that hold them, and ours do not",
    why: "they say nothing in TLS 1.3 (RFC 9846 §4.3 has no place for them), and a client that offers it alone has no use for them",
    verdict: "unexpected success",
    ours: undefined,
    heard: "",
  },
  {
    tests: ["TLS13-Client-EmptyTicketFlags", "TLS13-Client-NonminimalTicketFlags"],
    theirs: "decode_error or illegal_parameter for tickets whose flags are badly encoded",
    does: "does not look at flags",
    why: "RFC 9846 §4.7.1 has a client ignore extensions of tickets that it does not know, and RFC 9149 is one",
    verdict: "unexpected success",
    ours: undefined,
    heard: "",
  },
  {
    tests: ["EarlyData-ALPNOmitted1-Client-TLS13"],
    theirs: "early data is offered together with protocols, although none belongs to the session",
    does: "offers none",
    why: "RFC 9846 §4.3.10 has a server refuse it where it then picks a protocol; whether to offer any is the client's choice",
    verdict: "unexpected failure",
    ours: "mismatch",
    heard: "",
  },
  {
    tests: ["MLKEMKeyShareIncludedSecond-X25519MLKEM768", "MLKEMKeyShareIncludedThird-X25519MLKEM768"],
    theirs: "a share of X25519MLKEM768 beside that of x25519, although x25519 is preferred",
    does: "sends a share of the preferred group, and a second one only beside a hybrid group",
    why: "by RFC 9846 §4.3.8 shares may be for any of the groups offered; a server that wants the hybrid one asks for it by a HelloRetryRequest",
    verdict: "unexpected failure",
    ours: "truncated",
    heard: "tls: expected 2 key shares, but found 1",
  },
  ...(hasOwnMlKem
    ? []
    : [
        {
          tests: ["PostQuantumEnabledByDefaultInClients"],
          theirs: "X25519MLKEM768 is offered unless the program wants other groups",
          does: "offers it unasked only where the runtime has ML-KEM itself, which that of this run has not",
          why: "RFC 9846 §4.3.7 leaves the choice of groups to the client; in JavaScript a share costs as much as a handshake",
          verdict: "unexpected failure",
          ours: "alert_received:handshake_failure",
          heard: "tls: no curve supported by both client and server",
        } as const,
      ]),
  {
    tests: ["DuplicateExtensionClient-TLS-TLS13"],
    theirs: "decode_error for an extension that stands twice",
    does: "sends illegal_parameter",
    why: "the block can be decoded, and what it says is not allowed: RFC 9846 §4.3, §6",
    verdict: "unexpected error",
    ours: "duplicate_extension",
    heard: "remote error: illegal parameter",
  },
  {
    tests: ["EncryptedExtensionsWithKeyShare-TLS13"],
    theirs: "unsupported_extension for key_share in EncryptedExtensions",
    does: "sends illegal_parameter",
    why: "RFC 9846 §4.3 asks for it where an extension is known and stands in the wrong message",
    verdict: "unexpected error",
    ours: "misplaced_extension",
    heard: "remote error: illegal parameter",
  },
  {
    tests: ["TLS13-HRR-InvalidCompressionMethod"],
    theirs: "decode_error for a compression method in HelloRetryRequest",
    does: "sends illegal_parameter",
    why: "RFC 9846 §4.2.4 has it checked as in ServerHello, and §6 has that alert for values out of range",
    verdict: "unexpected error",
    ours: "compression_selected",
    heard: "remote error: illegal parameter",
  },
  {
    tests: ["UnencryptedEncryptedExtensions"],
    theirs: "bad_record_mac for a handshake record that is not protected although it has to be",
    does: "sends unexpected_message",
    why: "by RFC 9846 §5 a record of another type than application_data is unexpected then, and nothing is there to open",
    verdict: "unexpected error",
    ours: "unexpected_record_type",
    heard: "remote error: unexpected message",
  },
  {
    tests: ["PartialServerHelloWithHelloRetryRequest"],
    theirs: "the first byte of ServerHello is refused in the record of HelloRetryRequest",
    does: "refuses it with the next record, by which time the runner reads under other keys than the alert is written with",
    why: "RFC 9846 §5.1 wants messages to end with their record where keys change, and after HelloRetryRequest they do not",
    verdict: "unexpected error",
    ours: "interleaved_handshake_message",
    heard: "local error: bad record MAC",
  },
  {
    tests: ["CheckRecordVersion-TLS13"],
    theirs: "records with another version than 0x0303 are refused",
    does: "takes them",
    why: "RFC 9846 §5.1 has legacy_record_version ignored for all purposes",
    verdict: "unexpected success",
    ours: undefined,
    heard: "",
  },
  {
    tests: ["SendWarningAlerts-TLS13"],
    theirs: "decode_error, as an answer to an error alert that calls itself a warning",
    does: "takes it for the error that it is, and closes without an answer",
    why: "by RFC 9846 §6 such alerts are errors whatever their level, and nothing is sent after one",
    verdict: "unexpected error",
    ours: "alert_received:unexpected_message",
    heard: "EOF",
  },
  {
    tests: ["SendBogusAlertType"],
    theirs: "illegal_parameter, as an answer to an alert of a level that there is not",
    does: "as above",
    why: "as above",
    verdict: "unexpected error",
    ours: "alert_received:unexpected_message",
    heard: "EOF",
  },
  {
    tests: ["KeyUpdate-Requested", "KeyUpdate-Requested-UnfinishedWrite"],
    theirs: "one KeyUpdate as the answer to five requests that came before the shim wrote",
    does: "answers each when it comes",
    why: "RFC 9846 §4.7.3 has the answer come before the next application data; a client that only reads may never send any",
    verdict: "unexpected failure",
    ours: undefined,
    heard: "tls: unexpected KeyUpdate message",
  },
];

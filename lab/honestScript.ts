import type { LabContext } from "./context.ts";
import type { ServerMessage } from "./options.ts";
import { changeCipherSpec, keys, receive, type Script, type Step } from "./script.ts";

/** What a server does that keeps to RFC 9846, once the first hello is read and its choice is made. */
export function honestScript(context: LabContext, message: (name: ServerMessage) => Step): Script {
  const { retry, psk, earlyData } = context.choice;
  const { requestCertificate = false, tickets = 0 } = context.options;
  const compatible = context.hello.body.legacySessionId.length > 0 ? [changeCipherSpec()] : [];
  // §4.4.2: where a PSK tells who the client is, nobody asks for a certificate.
  const authenticates = psk === undefined && requestCertificate !== false;
  const early = earlyData === "accepted";
  return [
    ...(early ? [keys("read", "early")] : []),
    ...(retry === undefined ? [] : [message("HelloRetryRequest"), ...compatible, receive("ClientHello")]),
    message("ServerHello"),
    ...(retry === undefined ? compatible : []),
    keys("write", "handshake"),
    ...(early ? [] : [keys("read", "handshake")]),
    message("EncryptedExtensions"),
    ...(authenticates ? [message("CertificateRequest")] : []),
    ...(psk === undefined ? [message("Certificate"), message("CertificateVerify")] : []),
    message("Finished"),
    keys("write", "application"),
    ...(early ? [receive("EndOfEarlyData"), keys("read", "handshake")] : []),
    ...(authenticates ? [receive("Certificate"), receive("CertificateVerify")] : []),
    receive("Finished"),
    keys("read", "application"),
    ...Array.from({ length: tickets }, () => message("NewSessionTicket")),
  ];
}

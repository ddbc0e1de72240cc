// Certificates that are not to be believed: our error, our alert, and what the server heard.

import { afterEach, describe, expect, test } from "vitest";
import { nullElement } from "../../src/der/writer.ts";
import { connect, trustAnything } from "../../src/node/index.ts";
import {
  type CertificateOptions,
  type Chain,
  extension,
  extensions,
  generalName,
  key,
  makeCertificate,
  makeChain,
  toPem,
} from "../certificates.ts";
import { usual } from "./chains.ts";
import { nodeServer, shown } from "./nodeServer.ts";
import { hasOpenssl, OpensslServer } from "./openssl.ts";
import { failureOf, finished, secured } from "./talk.ts";

const day = 86_400_000;
const toBeClosed: { close(): void }[] = [];
afterEach(() => {
  for (const one of toBeClosed.splice(0)) one.close();
});

/** A leaf that the usual chain's intermediate signed, or nobody but itself. */
function leaf(options: Partial<CertificateOptions>, selfSigned = false): Chain {
  const leafKey = key("P-256");
  const leafDer = makeCertificate({
    subject: "localhost",
    key: leafKey,
    ...(selfSigned
      ? {}
      : { issuer: { subject: "P-256 Intermediate 1", key: key("P-256", "P-256 intermediate 1") } }),
    extensions: [
      extensions.keyUsage("digitalSignature"),
      extensions.subjectAltName([generalName.dns("localhost")]),
    ],
    ...options,
  });
  const sent = selfSigned ? [leafDer] : [leafDer, ...usual.intermediates];
  return {
    ...usual,
    leafDer,
    leafPem: toPem(leafDer),
    sent,
    intermediates: selfSigned ? [] : usual.intermediates,
    chainPem: sent.map((der) => toPem(der)).join(""),
  };
}

interface Refused {
  readonly chain: Chain;
  readonly servername?: string;
  readonly code: string;
  readonly alert: string;
  readonly says: RegExp;
}

const localhost = [extensions.subjectAltName([generalName.dns("localhost")])];

const refused: Readonly<Record<string, Refused>> = {
  expired: {
    chain: makeChain({ notBefore: Date.now() - 30 * day, notAfter: Date.now() - day, label: "P-256" }),
    code: "certificate_expired",
    alert: "certificate_expired",
    says: /expired/,
  },
  "not valid yet": {
    chain: makeChain({ notBefore: Date.now() + day, label: "P-256" }),
    code: "certificate_expired",
    alert: "certificate_expired",
    says: /not valid (yet|before|until)|valid from/,
  },
  "for another name": {
    chain: makeChain({ names: ["other.example", "*.other.example"], label: "P-256" }),
    code: "certificate_name_mismatch",
    alert: "bad_certificate",
    says: /localhost.*other\.example|other\.example.*localhost/,
  },
  "for another address": {
    chain: makeChain({ ips: ["192.0.2.1"], label: "P-256" }),
    servername: "127.0.0.1",
    code: "certificate_name_mismatch",
    alert: "bad_certificate",
    says: /127\.0\.0\.1/,
  },
  "for a name that is an address": {
    chain: makeChain({ names: ["127.0.0.1"], label: "P-256" }),
    servername: "127.0.0.1",
    code: "certificate_name_mismatch",
    alert: "bad_certificate",
    says: /127\.0\.0\.1/,
  },
  "for a name that only the subject has": {
    chain: leaf({ extensions: [extensions.keyUsage("digitalSignature")] }),
    code: "certificate_name_mismatch",
    alert: "bad_certificate",
    says: /localhost/,
  },
  untrusted: {
    chain: makeChain({ label: "Nobody" }),
    code: "certificate_unknown_ca",
    alert: "unknown_ca",
    says: /Nobody/,
  },
  "sent without its intermediate": {
    chain: { ...usual, intermediates: [], chainPem: usual.leafPem },
    code: "certificate_unknown_ca",
    alert: "unknown_ca",
    says: /Intermediate/,
  },
  "self-signed": {
    chain: leaf({}, true),
    code: "certificate_unknown_ca",
    alert: "unknown_ca",
    says: /self-signed|signed itself|own/,
  },
  "for clients only": {
    chain: leaf({ extensions: [extensions.extendedKeyUsage("clientAuth"), ...localhost] }),
    code: "certificate_invalid",
    alert: "bad_certificate",
    says: /serverAuth|servers?/,
  },
  "with an unknown critical extension": {
    chain: leaf({ extensions: [...localhost, unknownCritical()] }),
    code: "certificate_unsupported",
    alert: "unsupported_certificate",
    says: /critical/,
  },
};

function unknownCritical(): ReturnType<typeof extensions.keyUsage> {
  return extension("1.3.6.1.4.1.99999.2", nullElement(), true);
}

describe.each(Object.entries(refused))(
  "a certificate that is %s",
  (_, { chain, code, alert, says, ...rest }) => {
    const servername = rest.servername ?? "localhost";

    test("is refused: node:tls hears why", async () => {
      const server = await nodeServer(shown(chain));
      toBeClosed.push(server);
      const error = await failureOf(
        connect({ host: "127.0.0.1", port: server.port, servername, ca: usual.rootPem }),
      );
      expect(error).toMatchObject({ code, alert: { name: alert, direction: "sent" } });
      expect(error.message).toMatch(says);
      const heard = await server.failed.next();
      expect(heard.message.replaceAll(" ", "_")).toContain(`alert_${alert}`);
    });

    test("is believed where nothing is verified", async () => {
      const server = await nodeServer(shown(chain));
      toBeClosed.push(server);
      const socket = await secured(
        connect({ host: "127.0.0.1", port: server.port, servername, verifier: trustAnything() }),
      );
      expect(socket.authorized).toBe(false);
      expect(socket.info?.identity?.vouchedBy).toBe("nothing");
      await finished(socket);
    });
  },
);

test.skipIf(!hasOpenssl)("openssl s_server hears why", async () => {
  for (const name of ["expired", "untrusted", "for another name"]) {
    const { chain, code, alert } = refused[name] as Refused;
    const server = await OpensslServer.start(chain, ["-tls1_3"]);
    toBeClosed.push(server);
    const error = await failureOf(
      connect({ host: "127.0.0.1", port: server.port, servername: "localhost", ca: usual.rootPem }),
    );
    expect(error).toMatchObject({ code, alert: { name: alert, direction: "sent" } });
    await server.prints(new RegExp(`alert ${alert.replaceAll("_", " ")}`));
  }
});

test("the system's roots don't vouch for a certificate made here", async () => {
  const server = await nodeServer(shown(usual));
  toBeClosed.push(server);
  const error = await failureOf(connect({ host: "127.0.0.1", port: server.port, servername: "localhost" }));
  expect(error).toMatchObject({ code: "certificate_unknown_ca" });
});

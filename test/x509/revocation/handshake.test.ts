import { test } from "vitest";
import { webCryptoSigner } from "../../../lab/signer.ts";
import { parsePublicKey } from "../../../src/crypto/parsePublicKey.ts";
import { defaultProvider } from "../../../src/crypto/provider/node.ts";
import { handshakeSchemesFor } from "../../../src/crypto/signatureSchemes.ts";
import { createServerVerifier } from "../../../src/trust/serverVerifier.ts";
import type { Bytes } from "../../../src/wire/bytes.ts";
import { crls, type PathCheck, stapledOcsp } from "../../../src/x509/revocation/index.ts";
import { closeCleanly, type Meeting, meet, opened, refused, serverName } from "../../cases/meeting.ts";
import { extensions, generalName, key } from "../../certificates.ts";
import { harnessWith } from "../../handshake/harness.ts";
import { crl, entry, leafOf, now, ocspResponse, root, single, statuses, tlsFeature } from "./makers.ts";

const names = extensions.subjectAltName([generalName.dns(serverName)]);
const plain = leafOf(root, names);
const demanding = leafOf(root, names, tlsFeature(5));

/** A client that asks these checks meets a server with this certificate, which staples that. */
function connect(certificate: Bytes, checks: readonly PathCheck[], staple?: Bytes): Promise<Meeting> {
  const own = key("P-256");
  return meet(harnessWith({ ...defaultProvider, now: () => now * 1000 }), {
    client: { verifier: createServerVerifier({ roots: [root.der], checks }) },
    server: {
      credentials: {
        certificates: [certificate],
        schemes: handshakeSchemesFor(parsePublicKey(own.spki)),
        sign: webCryptoSigner(own.pkcs8),
      },
      ...(staple === undefined ? {} : { ocspResponse: staple }),
    },
  });
}

const about = (certificate: Bytes, status = statuses.good): Bytes =>
  ocspResponse({ singles: [single({ certificate, status })] });

test("a good staple lets a handshake pass", async () => {
  for (const certificate of [plain, demanding]) {
    const meeting = await connect(certificate, [stapledOcsp({ required: true })], about(certificate));
    await opened(meeting);
    await closeCleanly(meeting);
  }
});

test("a revoked one ends it [certificate_revoked]", async () => {
  const meeting = await connect(plain, [stapledOcsp()], about(plain, statuses.revoked()));
  await refused(meeting, { code: "certificate_revoked", alert: "certificate_revoked", under: "handshake" });
});

test("so does a CRL [certificate_revoked]", async () => {
  const meeting = await connect(plain, [crls([crl({ entries: [entry(plain)] })])]);
  await refused(meeting, { code: "certificate_revoked", alert: "certificate_revoked", under: "handshake" });
});

test("must-staple without a staple ends it [certificate_status_invalid]", async () => {
  const meeting = await connect(demanding, [stapledOcsp()]);
  await refused(meeting, {
    code: "certificate_status_invalid",
    alert: "bad_certificate_status_response",
    under: "handshake",
  });
});

test("a staple about another certificate ends it [certificate_status_invalid]", async () => {
  const meeting = await connect(plain, [stapledOcsp()], about(demanding));
  await refused(meeting, {
    code: "certificate_status_invalid",
    alert: "bad_certificate_status_response",
    under: "handshake",
  });
});

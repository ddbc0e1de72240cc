import { once } from "node:events";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { expect, test } from "vitest";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { connect } from "../../src/node/index.ts";

import { extensions, generalName, key, toPem } from "../certificates.ts";
import { leafOf, now, ocspResponse, root, single, statuses, tlsFeature } from "../x509/revocation/makers.ts";

const names = extensions.subjectAltName([generalName.dns("localhost")]);
const plain = leafOf(root, names);
const demanding = leafOf(root, names, tlsFeature(5));

test.each([
  ["takes a good staple", plain, statuses.good, undefined],
  ["refuses a revoked one [certificate_revoked]", plain, statuses.revoked(), "certificate_revoked"],
  ["takes none where none is demanded", plain, undefined, undefined],
  ["demands one [certificate_status_invalid]", demanding, undefined, "certificate_status_invalid"],
])("by default a connection %s", async (_, certificate, status, code) => {
  const server = tls.createServer({
    cert: toPem(certificate),
    key: key("P-256").privateKey.export({ type: "pkcs8", format: "pem" }),
    minVersion: "TLSv1.3",
  });
  server.on("OCSPRequest", (_certificate, _issuer, answer) => {
    const response =
      status === undefined ? null : ocspResponse({ singles: [single({ certificate, status })] });
    answer(null, response as Buffer | null as Buffer);
  });
  server.on("tlsClientError", () => {});
  server.on("secureConnection", (socket) => socket.on("error", () => {}));
  await once(server.listen(0), "listening");
  const socket = connect({
    port: (server.address() as AddressInfo).port,
    servername: "localhost",
    ca: root.der,
    provider: { ...defaultProvider, now: () => now * 1000 },
  });
  const outcome = await new Promise((resolve) => {
    socket.once("secureConnect", () => resolve(undefined));
    socket.once("error", (error) => resolve((error as { readonly code?: string }).code));
  });
  expect(outcome).toBe(code);
  socket.destroy();
  server.close();
});

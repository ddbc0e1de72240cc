// A TLS 1.3 server on node:tls that sends back what it gets, for any version of Node.
// Arguments: chain, key, roots of clients or "-", "identity:key" of a PSK or "-".

import fs from "node:fs";
import tls from "node:tls";

const [cert, key, clientRoots] = process.argv
  .slice(2, 5)
  .map((file) => (file === "-" ? undefined : fs.readFileSync(file)));
const [identity, psk] = process.argv[5].split(":");
const [major, minor] = process.versions.openssl.split(".").map(Number);
const hybrids =
  major > 3 || (major === 3 && minor >= 5) ? ":X25519MLKEM768:SecP256r1MLKEM768:SecP384r1MLKEM1024" : "";
/** Such keys are for SHA-256, and the server's first suite is of another hash. */
const forPsk = {
  ciphers: "TLS_AES_128_GCM_SHA256",
  pskCallback: (_socket, name) => (name === identity ? Buffer.from(psk, "hex") : null),
};
const server = tls.createServer(
  {
    cert,
    key,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["tls13"],
    allowHalfOpen: true,
    // Node 24 and its successors offer others first.
    ecdhCurve: `X25519:P-256:P-384:P-521${hybrids}`,
    ...(psk === undefined ? {} : forPsk),
    ...(clientRoots === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: clientRoots }),
  },
  (socket) => {
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  },
);
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));

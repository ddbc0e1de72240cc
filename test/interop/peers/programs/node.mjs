// A TLS 1.3 server on node:tls that sends back what it gets, for any version of Node.

import fs from "node:fs";
import tls from "node:tls";

const [cert, key, clientRoots] = process.argv.slice(2).map((file) => fs.readFileSync(file));
const server = tls.createServer(
  {
    cert,
    key,
    minVersion: "TLSv1.3",
    ALPNProtocols: ["tls13"],
    allowHalfOpen: true,
    // Node 24 and its successors offer others first.
    ecdhCurve: "X25519:P-256:P-384:P-521",
    ...(clientRoots === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: clientRoots }),
  },
  (socket) => {
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  },
);
server.listen(0, "127.0.0.1", () => console.log(`listening on ${server.address().port}`));

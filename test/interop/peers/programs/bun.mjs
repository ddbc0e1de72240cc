// A TLS server on Bun.listen that sends back what it gets. What the client does not take yet waits here.
// Arguments: chain, key, roots of clients or "-".

import fs from "node:fs";

const [cert, key, clientRoots] = process.argv
  .slice(2, 5)
  .map((file) => (file === "-" ? undefined : fs.readFileSync(file)));

/** Writes what the socket takes, and keeps the rest. */
function flush(socket) {
  const { waiting } = socket.data;
  while (waiting.length > 0) {
    const written = Math.max(socket.write(waiting[0]), 0);
    if (written < waiting[0].length) {
      waiting[0] = waiting[0].subarray(written);
      return;
    }
    waiting.shift();
  }
  if (socket.data.ended) socket.end();
}

const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  allowHalfOpen: true,
  tls: {
    cert,
    key,
    ALPNProtocols: Buffer.from("\x05tls13"),
    ...(clientRoots === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: clientRoots }),
  },
  socket: {
    open: (socket) => {
      socket.data = { waiting: [], ended: false };
    },
    data: (socket, bytes) => {
      socket.data.waiting.push(Buffer.from(bytes));
      if (socket.data.waiting.length === 1) flush(socket);
    },
    drain: flush,
    end: (socket) => {
      socket.data.ended = true;
      flush(socket);
    },
    error: () => {},
  },
});
console.log(`listening on ${server.port}`);

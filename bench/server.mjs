// @ts-check
// The server that both clients talk to: node:tls, TLS 1.3, in a process of its own so that its CPU is not counted.
// "D<bytes>\n" asks for that many bytes, "U<bytes>\n" announces that many and is answered with one, "P\n" is answered at once.

import net from "node:net";
import tls from "node:tls";

const chunk = Buffer.alloc(64 * 1024, 2);
const answer = Buffer.from("k");

process.once("message", (/** @type {{ key: string, cert: string }} */ identity) => {
  const server = tls.createServer({ ...identity, minVersion: "TLSv1.3" }, (socket) => {
    let command = "";
    let left = 0;
    const send = () => {
      while (left > 0) {
        const bytes = left < chunk.length ? chunk.subarray(0, left) : chunk;
        left -= bytes.length;
        if (!socket.write(bytes)) return socket.once("drain", send);
      }
      return socket;
    };
    socket.on("data", (data) => {
      let bytes = data;
      if (command === "") {
        const end = data.indexOf("\n");
        command = data.toString("latin1", 0, 1);
        left = Number(data.toString("latin1", 1, end));
        bytes = data.subarray(end + 1);
        if (command === "D") send();
        if (command === "P") socket.write(answer);
      }
      if (command === "U") {
        left -= bytes.length;
        if (left <= 0) socket.write(answer);
      }
    });
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
  });
  // Takes sealed records and looks at none: what the floor of an upload writes to.
  const sink = net.createServer((socket) => {
    socket.resume();
    socket.on("end", () => socket.end());
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1", () =>
    sink.listen(0, "127.0.0.1", () => process.send?.({ port: portOf(server), sinkPort: portOf(sink) })),
  );
});
/** @param {net.Server} server */
function portOf(server) {
  const address = server.address();
  return typeof address === "object" ? address?.port : undefined;
}

process.once("disconnect", () => process.exit(0));

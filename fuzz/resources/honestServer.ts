// node:tls, in a process of its own: sends back what comes. Says its port, and ends with who started it.

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { makeChain } from "../../test/certificates.ts";

const chain = makeChain({ names: ["localhost"] });
const options = { cert: chain.chainPem, key: chain.leafKeyPem, minVersion: "TLSv1.3" } as const;
const server = tls.createServer(options, (socket) => {
  socket.on("error", () => {});
  socket.pipe(socket);
});
server.listen(0, "127.0.0.1", 2048);
await once(server, "listening");
process.send?.({ port: (server.address() as AddressInfo).port, root: chain.rootPem });
process.once("disconnect", () => process.exit(0));

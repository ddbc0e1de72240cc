// What the suite connects to: node:tls, which sends back what it gets, and a relay from WebSockets to it.

import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { usual } from "../interop/chains.ts";
import { echo, nodeServer, shown } from "../interop/nodeServer.ts";
import type { Fixtures } from "./fixtures.ts";

export interface Peer {
  readonly about: Fixtures["peer"];
  close(): void;
}

export async function startPeer(): Promise<Peer> {
  const server = await nodeServer(shown(usual), echo);
  const relay = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(relay, "listening");
  relay.on("connection", (webSocket) => {
    const socket = net.connect(server.port, "127.0.0.1");
    webSocket.on("message", (bytes) => socket.write(bytes as Buffer));
    webSocket.on("close", () => socket.end());
    webSocket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => webSocket.send(bytes));
    socket.on("close", () => webSocket.close());
    socket.on("error", () => webSocket.close());
  });
  return {
    about: {
      port: server.port,
      relay: `ws://127.0.0.1:${(relay.address() as AddressInfo).port}`,
      root: usual.rootPem,
    },
    close: () => {
      relay.close();
      server.close();
    },
  };
}

import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

export interface Relay {
  /** The address of a WebSocket that leads to a port of this machine. */
  url(server: { readonly port: number }): string;
  /** The relay's end of each connection. */
  readonly sockets: WebSocket[];
  close(): void;
}

/** Carries binary messages to a port, which the path names, and back. */
export async function startRelay(): Promise<Relay> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const sockets: WebSocket[] = [];
  const connections = new Set<net.Socket>();
  server.on("connection", (socket, request) => {
    const tcp = net.connect(Number(request.url?.slice(1)), "127.0.0.1");
    sockets.push(socket);
    connections.add(tcp);
    socket.on("message", (bytes: Buffer) => tcp.write(bytes));
    socket.on("close", () => tcp.end());
    tcp.on("data", (bytes) => {
      tcp.pause();
      socket.send(bytes, () => tcp.resume());
    });
    tcp.on("end", () => socket.close(1000));
    tcp.on("error", () => socket.terminate());
    tcp.on("close", () => connections.delete(tcp));
  });
  await once(server, "listening");
  return {
    url: ({ port }) => `ws://127.0.0.1:${(server.address() as AddressInfo).port}/${port}`,
    sockets,
    close: () => {
      for (const tcp of connections) tcp.destroy();
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}

// What pg takes of node:tls: the socket that it speaks over already is one of tls13/socket.

import type { StartTlsSocket } from "../../../../src/shapes/socketLike.ts";
import type { StartTlsOptions } from "../../../../src/shapes/startTlsOptions.ts";

export function connect({
  socket,
  ...options
}: StartTlsOptions & { readonly socket: StartTlsSocket }): StartTlsSocket {
  socket.startTls(options);
  return socket;
}

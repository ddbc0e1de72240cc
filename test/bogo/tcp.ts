import type { Socket } from "node:net";
import type { Transport, TransportReceiver } from "../../src/index.ts";
import { connectTcp } from "../../src/node/tcpTransport.ts";
import type { Settings } from "./settings.ts";

/** Connects to the runner and says which shim this is: its number in eight bytes, the low ones first. */
export function connectToRunner({ port, shimId, ipv6, async }: Settings): {
  readonly socket: Socket;
  readonly transport: Transport;
} {
  const { socket, transport } = connectTcp({ host: ipv6 ? "::1" : "127.0.0.1", port }, 0);
  const id = new Uint8Array(8);
  new DataView(id.buffer).setBigUint64(0, shimId, true);
  socket.write(id);
  return { socket, transport: async ? byteByByte(transport) : transport };
}

/** As BoringSSL's shim does in asynchronous cases: each byte comes alone, and all else that waits has its turn before the next. */
function byteByByte(transport: Transport): Transport {
  const waiting: (() => void)[] = [];
  const step = (): void => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(step);
  };
  const later = (...work: (() => void)[]): void => {
    if (waiting.length === 0) setImmediate(step);
    waiting.push(...work);
  };
  const start = ({ received, ended, failed }: TransportReceiver): void =>
    transport.start({
      received: (bytes) => later(...Array.from(bytes, (byte) => () => received(Uint8Array.of(byte)))),
      ended: () => later(ended),
      failed: (cause) => later(() => failed(cause)),
    });
  return { ...transport, start };
}

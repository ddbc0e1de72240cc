// Who gives the memory of what came, so that it need not be copied, and who wants it back.

import { expect, test } from "vitest";
import { Inbound } from "../../src/adapters/inbound.ts";
import { transportOver } from "../../src/adapters/transportOver.ts";
import { withPrefix } from "../../src/adapters/withPrefix.ts";
import type { TransportReceiver } from "../../src/connection/transport.ts";
import { SharedTransport } from "../../src/shapes/sharedTransport.ts";
import { FakeDataChannel, FakeWebSocket } from "./fakeSockets.ts";

interface Started {
  start(receiver: TransportReceiver): void;
}

const bytes = Uint8Array.of(1, 2, 3);

function streams() {
  let enqueue: () => void = () => {};
  const readable = new ReadableStream<Uint8Array>({
    start: (controller) => {
      enqueue = () => controller.enqueue(bytes);
    },
  });
  return { transport: transportOver({ readable, writable: new WritableStream() }), arrive: () => enqueue() };
}

function socket(kind: typeof FakeWebSocket | typeof FakeDataChannel) {
  const fake = new kind().opened();
  return { transport: transportOver(fake), arrive: () => fake.fire("message", { data: bytes.buffer }) };
}

function inbound(given: boolean) {
  const transport = new Inbound(given);
  return { transport, arrive: () => transport.received(bytes) };
}

function behind(wrap: (transport: ReturnType<typeof transportOver>) => Started) {
  const { transport, arrive } = streams();
  return { transport: wrap(transport), arrive };
}

test.each<[string, () => { readonly transport: Started; readonly arrive: () => void }, boolean]>([
  ["web streams", streams, true],
  ["a WebSocket", () => socket(FakeWebSocket), true],
  ["a data channel", () => socket(FakeDataChannel), true],
  ["what is pushed", () => inbound(false), false],
  ["streams behind a prefix", () => behind((under) => withPrefix(under, new Uint8Array(0))), true],
  ["streams that were another's", () => behind((under) => new SharedTransport(under, () => {})), true],
])("%s", async (_, make, given) => {
  const { transport, arrive } = make();
  const told = new Promise((resolve) => {
    transport.start({
      // The prefix comes before what is read.
      received: (arrived, isGiven) => arrived.length > 0 && resolve(isGiven),
      ended: () => {},
      failed: resolve,
    });
  });
  arrive();
  expect(await told).toBe(given);
});

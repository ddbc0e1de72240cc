import { expect, test } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import { MemoryTransport } from "../../lab/memoryTransport.ts";
import { RecordWire } from "../../lab/recordWire.ts";
import { alert, data } from "../../lab/script.ts";
import { LabServer } from "../../lab/server.ts";
import type { Transport, TransportReceiver } from "../../src/connection/transport.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { connect } from "../../src/index.ts";
import { type Bytes, concat, copyOf, fromAscii, toLatin1 } from "../../src/wire/bytes.ts";
import { harnessWith } from "../handshake/harness.ts";

test("what came in one piece with the server's end is read after the connection is closed", async () => {
  const [near, far] = MemoryTransport.pair();
  let receiver: TransportReceiver | undefined;
  let held: Bytes[] | undefined;
  const joining: Transport = {
    start: (to) => {
      receiver = to;
      near.start({
        received: (bytes) => (held === undefined ? to.received(bytes) : void held.push(copyOf(bytes))),
        ended: () => to.ended(),
        failed: (cause) => to.failed(cause),
      });
    },
    write: (bytes, written) => near.write(bytes, written),
    pause: () => {},
    resume: () => {},
    end: () => near.end(),
    close: () => near.close(),
    abort: (cause) => near.abort(cause),
  };
  const provider = defaultProvider;
  const lab = new LabServer(new RecordWire(provider, far), {
    provider,
    credentials: await harnessWith(provider).credentials("P-256"),
    answerClose: false,
  });
  const tls = connect(joining, { serverName: "server.example", trust: believer, provider });
  await tls.opened;
  await lab.outcome;
  await tls.writable.close();
  held = [];
  await lab.perform(data(fromAscii("one, ")), data(fromAscii("two")), alert("close_notify"));
  while (held.length < 3) await new Promise((resolve) => setImmediate(resolve));
  receiver?.received(concat(...held));
  await tls.closed;
  let text = "";
  const reader = tls.readable.getReader();
  for (let one = await reader.read(); !one.done; one = await reader.read())
    text += toLatin1(copyOf(one.value));
  expect(text).toBe("one, two");
});

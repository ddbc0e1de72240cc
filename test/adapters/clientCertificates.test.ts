import { expect, test } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import { MemoryTransport } from "../../lab/memoryTransport.ts";
import { RecordWire } from "../../lab/recordWire.ts";
import { alert } from "../../lab/script.ts";
import { LabServer } from "../../lab/server.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { type ChooseIdentity, chooseIdentity, connect, createClientIdentity } from "../../src/index.ts";
import { serverName } from "../cases/meeting.ts";
import { makeChain } from "../certificates.ts";
import { harnessWith } from "../handshake/harness.ts";

// In TLS 1.3 the client is done before the server has looked at its certificate.
test("a certificate that the server refuses is the error of what is read, written and closed after that", async () => {
  const { chainPem, leafKeyPem, sent } = makeChain({ label: "Clients", purposes: ["clientAuth"] });
  const mine = createClientIdentity({ cert: chainPem, key: leafKeyPem });
  const [clientEnd, serverEnd] = MemoryTransport.pair();
  const lab = new LabServer(new RecordWire(defaultProvider, serverEnd), {
    provider: defaultProvider,
    credentials: await harnessWith(defaultProvider).credentials("P-256"),
    requestCertificate: true,
  });
  const identity: ChooseIdentity = (request) => chooseIdentity(request, [mine]);
  const connection = connect(clientEnd, { serverName, trust: believer, identity });
  const info = await connection.opened;
  expect(info.clientCertificates).toEqual(sent);
  expect(await lab.outcome).toBe("opened");

  const reader = connection.readable.getReader();
  const reading = reader.read();
  const refused = { code: "alert_received", alert: { name: "unknown_ca", direction: "received" } };
  const refusedReading = expect(reading).rejects.toMatchObject(refused);
  await lab.perform(alert("unknown_ca"));
  await refusedReading;
  await expect(reader.read()).rejects.toMatchObject(refused);
  const writer = connection.writable.getWriter();
  await expect(writer.write(new Uint8Array(1))).rejects.toMatchObject(refused);
  await expect(connection.closed).rejects.toMatchObject(refused);
});

// The lab shares its codecs and its key schedule with the client, so that the two could be wrong alike. OpenSSL is not.
import { Duplex } from "node:stream";
import tls from "node:tls";
import { describe, expect, test } from "vitest";
import { MemoryTransport, pieces } from "../../lab/memoryTransport.ts";
import type { LabOptions } from "../../lab/options.ts";
import { RecordWire } from "../../lab/recordWire.ts";
import { keyUpdate } from "../../lab/script.ts";
import { LabServer } from "../../lab/server.ts";
import type { Transport } from "../../src/connection/transport.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { serverName } from "../cases/meeting.ts";
import { makeChain } from "../certificates.ts";
import { harnessWith } from "./harness.ts";

/** A transport as node:tls wants it. */
function duplexOver(transport: Transport): Duplex {
  const duplex = new Duplex({
    read: () => transport.resume(),
    write: (chunk: Uint8Array, _, done) => transport.write(new Uint8Array(chunk), done),
    final: (done) => {
      transport.end();
      done();
    },
    destroy: (error, done) => {
      transport.close();
      done(error);
    },
  });
  transport.start({
    received: (bytes) => {
      if (!duplex.push(Uint8Array.from(bytes))) transport.pause();
    },
    ended: () => duplex.push(null),
    failed: (cause) => duplex.destroy(cause as Error),
  });
  return duplex;
}

interface Row {
  readonly what: string;
  readonly client?: tls.ConnectionOptions;
  readonly server?: Partial<LabOptions>;
}

const rows: readonly Row[] = [
  { what: "TLS_AES_128_GCM_SHA256", client: { ciphers: "TLS_AES_128_GCM_SHA256" } },
  { what: "TLS_AES_256_GCM_SHA384", client: { ciphers: "TLS_AES_256_GCM_SHA384" } },
  { what: "TLS_CHACHA20_POLY1305_SHA256", client: { ciphers: "TLS_CHACHA20_POLY1305_SHA256" } },
  { what: "a retry for secp384r1", client: { ecdhCurve: "X25519:P-384" }, server: { groups: ["secp384r1"] } },
  { what: "a retry with a cookie", server: { retry: { cookie: new Uint8Array(40) } } },
  { what: "a certificate request", server: { requestCertificate: true } },
  { what: "ALPN", client: { ALPNProtocols: ["h2", "http/1.1"] }, server: { alpn: "http/1.1" } },
  { what: "tickets", server: { tickets: 2 } },
];

describe("the lab as a server of OpenSSL's client", () => {
  test.each(rows)("$what", async ({ client = {}, server = {} }) => {
    const [clientEnd, serverEnd] = MemoryTransport.pair(pieces(100));
    const lab = new LabServer(new RecordWire(defaultProvider, serverEnd, { together: true }), {
      provider: defaultProvider,
      credentials: await harnessWith(defaultProvider).credentials("P-256"),
      echo: true,
      ...server,
    });
    const socket = tls.connect({
      socket: duplexOver(clientEnd),
      servername: serverName,
      ca: makeChain({ names: [serverName] }).rootPem,
      minVersion: "TLSv1.3",
      ...client,
    });
    const echoed = new Promise<string>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("secureConnect", () => socket.write("first"));
      let text = "";
      socket.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
        if (text === "first") void lab.perform(...keyUpdate(1)).then(() => socket.write("second"));
        if (text === "firstsecond") resolve(text);
      });
    });
    expect(await echoed).toBe("firstsecond");
    expect(lab.failure).toBeUndefined();
    expect(await lab.outcome).toBe("opened");
    expect(lab.seen.named("KeyUpdate").length).toBe(1);
    expect(socket.authorized).toBe(true);
    if (server.alpn !== undefined) expect(socket.alpnProtocol).toBe(server.alpn);
    socket.end();
    await lab.done;
    expect(lab.seen.alerts.map(({ name }) => name)).toEqual(["close_notify"]);
  });
});

import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EarlyDataSource } from "../../src/connection/earlyData.ts";
import { connect, type TlsSocket } from "../../src/node/index.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import type { SessionCache } from "../../src/session/sessionCache.ts";
import { createServerVerifier } from "../../src/trust/serverVerifier.ts";
import { fromAscii } from "../../src/wire/bytes.ts";
import { chainOf } from "./chains.ts";
import { hasNginx, Nginx } from "./nginx.ts";
import { nodeServer, proxy, shown } from "./nodeServer.ts";
import { hasOpenssl, OpensslServer } from "./openssl.ts";
import { finished, secured, take, textOf } from "./talk.ts";
import { unhurried } from "./unhurried.ts";

const chain = chainOf("P-256");
const request = "GET /session HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

interface Wish {
  readonly sessions: SessionCache;
  readonly earlyData?: EarlyDataSource;
  readonly keyShares?: readonly [];
}

describe.skipIf(!hasNginx)("nginx, with early data", () => {
  let nginx: Nginx;
  let way: Awaited<ReturnType<typeof unhurried>>;
  beforeAll(async () => {
    nginx = await Nginx.start(
      chain,
      "",
      `
      ssl_early_data on;
      ssl_session_cache shared:tls13:1m;
      ssl_ecdh_curve X25519:P-384;
      location /session { return 200 "reused $ssl_session_reused early $ssl_early_data"; }
      `,
    );
    way = await unhurried(nginx.path);
  });
  afterAll(() => {
    way.close();
    nginx.close();
  });

  /** A request, and what nginx says of the session that it came in. */
  async function ask(wish: Wish): Promise<{ readonly socket: TlsSocket; readonly said: string }> {
    const socket = connect({
      host: "127.0.0.1",
      port: way.port,
      servername: "localhost",
      ca: chain.rootPem,
      ...wish,
    });
    await secured(socket);
    const early = socket.info?.earlyData;
    if (early?.outcome !== "accepted") socket.write(request);
    const said = (await textOf(socket)).split("\r\n\r\n")[1] ?? "";
    return { socket, said };
  }

  test("a full handshake, a resumed one, early data accepted: as nginx itself says [2.2/1, 4.3.10/1, 4.3.10/2, 4.6/1]", async () => {
    const sessions = createSessionCache();
    const first = await ask({ sessions });
    expect(first.said).toBe("reused . early ");
    const alike = {
      version: "TLS 1.3",
      cipherSuite: expect.stringMatching(/^TLS_(AES|CHACHA20)_/),
      group: "x25519",
      pskIdentity: undefined,
      alpn: undefined,
      serverName: "localhost",
      retried: false,
      certificateRequested: false,
      clientCertificates: [],
      identity: expect.objectContaining({ verified: true, vouchedBy: "CN=P-256 Root" }),
      certificates: chain.sent,
      ocspResponse: undefined,
      signedCertificateTimestamps: [],
    };
    expect(first.socket.info).toStrictEqual({
      ...alike,
      authentication: "certificate",
      resumed: false,
      signatureScheme: "ecdsa_secp256r1_sha256",
      earlyData: undefined,
    });

    const second = await ask({ sessions });
    expect(second.said).toBe("reused r early ");
    expect(second.socket.info).toStrictEqual({
      ...alike,
      authentication: "resumption",
      resumed: true,
      signatureScheme: undefined,
      earlyData: undefined,
    });

    const third = await ask({ sessions, earlyData: fromAscii(request) });
    expect(third.said).toBe("reused r early 1");
    expect(third.socket.info?.earlyData).toEqual({
      outcome: "accepted",
      taken: request.length,
      returned: new Uint8Array(0),
      unread: undefined,
    });
  });

  test("early data without a session stays with its owner", async () => {
    const { socket, said } = await ask({ sessions: createSessionCache(), earlyData: fromAscii(request) });
    expect(said).toBe("reused . early ");
    expect(socket.info?.earlyData).toMatchObject({
      outcome: "not_offered",
      taken: 0,
      returned: fromAscii(request),
    });
  });

  test("a retry refuses early data, and it is handed back [4.3.10/4, 4.3.10/5, 4.2.2/4]", async () => {
    const sessions = createSessionCache();
    await ask({ sessions });
    // Without a share the server has to ask for one.
    const { socket, said } = await ask({ sessions, earlyData: fromAscii(request), keyShares: [] });
    expect(socket.info?.retried).toBe(true);
    expect(said).toBe("reused r early ");
    expect(socket.info?.earlyData).toMatchObject({ outcome: "rejected", returned: fromAscii(request) });
  });
});

describe.skipIf(!hasNginx)("nginx, restarted", () => {
  test("what was sent early is handed back, and sent again by nobody [4.3.10/5, 4.6/2]", async () => {
    const settings = `ssl_early_data on; location /session { return 200 "reused $ssl_session_reused early $ssl_early_data"; }`;
    const sessions = createSessionCache();
    // A stream has no port, so the partition is the same for both.
    const verifier = createServerVerifier({ roots: [chain.rootPem] });
    const open = async (nginx: Nginx, earlyData?: EarlyDataSource): Promise<TlsSocket> => {
      const socket = connect({
        socket: net.connect(nginx.path),
        servername: "localhost",
        verifier,
        sessions,
        ...(earlyData === undefined ? {} : { earlyData }),
      });
      return secured(socket);
    };
    const first = await Nginx.start(chain, "", settings);
    const socket = await open(first);
    socket.write(request);
    expect(await textOf(socket)).toMatch(/reused \. early $/);
    first.close();

    const second = await Nginx.start(chain, "", settings);
    const again = await open(second, fromAscii(request));
    expect(again.info).toMatchObject({
      resumed: false,
      authentication: "certificate",
      earlyData: { outcome: "rejected", taken: 0, returned: fromAscii(request) },
    });
    // One answer only, to the request that the application has sent again.
    again.write(again.info?.earlyData?.returned as Uint8Array);
    expect((await textOf(again)).match(/reused . early/g)).toEqual(["reused . early"]);
    second.close();
  });
});

describe("node:tls", () => {
  test("a full handshake, then resumed ones, as the server has it", async () => {
    const server = await nodeServer(shown(chain));
    const sessions = createSessionCache();
    const reused: boolean[] = [];
    for (let i = 0; i < 4; i++) {
      const socket = connect({
        host: "127.0.0.1",
        port: server.port,
        servername: "localhost",
        ca: chain.rootPem,
        sessions,
      });
      await secured(socket);
      const peer = await server.secured.next();
      socket.write("ping");
      expect(String(await take(socket, 4))).toBe("ping");
      expect(socket.info?.resumed).toBe(peer.isSessionReused());
      expect(socket.info?.certificates).toEqual(chain.sent);
      expect(socket.exportKeyingMaterial(32, "EXPERIMENTAL both")).toEqual(
        peer.exportKeyingMaterial(32, "EXPERIMENTAL both", Buffer.alloc(0)),
      );
      reused.push(peer.isSessionReused());
      await finished(socket);
    }
    // It gives two tickets with a full handshake, and none with a resumed one.
    expect(reused).toEqual([false, true, true, false]);
    server.close();
  });

  test("no ticket is on the wire twice, and none for another name, whoever connects at once [4.7.1/5, 4.7.1/6, C.4/1]", async () => {
    const server = await nodeServer(shown(chain));
    const uplink: Buffer[] = [];
    const way = await proxy(server.port, {
      uplink: (bytes) => {
        uplink.push(Buffer.from(bytes));
        return bytes;
      },
    });
    const sessions = createSessionCache();
    const tickets = new Map<string, Buffer[]>([
      ["localhost", []],
      ["server.example", []],
    ]);
    let resumed = 0;
    const open = async (servername: string): Promise<void> => {
      const socket = connect({
        host: "127.0.0.1",
        port: way.port,
        servername,
        ca: chain.rootPem,
        sessions,
        trace: (event) => {
          if (event.kind === "message" && event.name === "NewSessionTicket") {
            tickets.get(servername)?.push(Buffer.from(event.body.ticket));
          }
        },
      });
      await secured(socket);
      if (socket.info?.resumed) resumed++;
      await finished(socket);
    };
    const names = [...tickets.keys()];
    for (let round = 0; round < 3; round++) {
      await Promise.all([...names, ...names, ...names].map(open));
    }
    const said = Buffer.concat(uplink);
    const occurrences = [...tickets.values()]
      .flat()
      .map((ticket) => said.toString("latin1").split(ticket.toString("latin1")).length - 1);
    expect(Math.max(...occurrences)).toBe(1);
    expect(occurrences.reduce((sum, one) => sum + one)).toBe(resumed);
    expect(resumed).toBeGreaterThan(3);
    // Each hello names its server in the clear: no ticket of one stands in a hello for the other.
    const hellos = uplink
      .map((bytes) => bytes.toString("latin1"))
      .filter((text) => text.charCodeAt(0) === 22);
    for (const [name, given] of tickets) {
      const others = hellos.filter((hello) => !hello.includes(name));
      for (const ticket of given) {
        expect(others.some((hello) => hello.includes(ticket.toString("latin1")))).toBe(false);
      }
    }
    way.close();
    server.close();
  });
});

describe.skipIf(!hasOpenssl)("openssl s_server", () => {
  test("a session for one name is never offered to another, and no ticket twice [4.7.1/5, 4.7.1/6]", async () => {
    const server = await OpensslServer.start(chain, ["-tls1_3", "-num_tickets", "1"]);
    const sessions = createSessionCache();
    const open = async (servername: string): Promise<boolean> => {
      const socket = connect({
        host: "127.0.0.1",
        port: server.port,
        servername,
        ca: chain.rootPem,
        sessions,
      });
      await secured(socket);
      const { resumed } = socket.info as { readonly resumed: boolean };
      await finished(socket);
      return resumed;
    };
    expect(await open("localhost")).toBe(false);
    expect(await open("127.0.0.1")).toBe(false);
    expect(await open("localhost")).toBe(true);
    server.close();
  });

  // "DEFAULT" goes by the order of the client, which has to put the suites of its keys first.
  test.each(["DEFAULT", "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"] as const)(
    "an external PSK with %s, and no certificate [2.2/2, 2.2/3, 4.3.11/1]",
    async (suite) => {
      const key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
      const server = await OpensslServer.start(chain, [
        ...["-tls1_3", ...(suite === "DEFAULT" ? [] : ["-ciphersuites", suite])],
        ...["-psk", key, "-psk_identity", "a client"],
      ]);
      const socket = connect({
        host: "127.0.0.1",
        port: server.port,
        servername: "localhost",
        ca: [],
        psks: [{ identity: fromAscii("a client"), key: Buffer.from(key, "hex") }],
      });
      // OpenSSL holds such keys to be for SHA-256.
      if (suite === "TLS_AES_256_GCM_SHA384") {
        await expect(secured(socket)).rejects.toMatchObject({ code: "certificate_unknown_ca" });
      } else {
        await secured(socket);
        expect(socket.info).toMatchObject({
          authentication: "external_psk",
          resumed: false,
          identity: undefined,
          pskIdentity: fromAscii("a client"),
          certificates: [],
        });
        await finished(socket);
      }
      server.close();
    },
  );
});

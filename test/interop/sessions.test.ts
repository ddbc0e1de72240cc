import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EarlyDataSource } from "../../src/connection/earlyData.ts";
import { connect, type TlsSocket } from "../../src/node/index.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import type { SessionCache } from "../../src/session/sessionCache.ts";
import { fromAscii } from "../../src/wire/bytes.ts";
import { chainOf } from "./chains.ts";
import { hasNginx, Nginx } from "./nginx.ts";
import { hasOpenssl, OpensslServer } from "./openssl.ts";
import { finished, secured, textOf } from "./talk.ts";
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
    expect(first.socket.info).toMatchObject({ resumed: false, authentication: "certificate" });

    const second = await ask({ sessions });
    expect(second.said).toBe("reused r early ");
    expect(second.socket.info).toMatchObject({
      resumed: true,
      authentication: "resumption",
      identity: { verified: true, vouchedBy: "CN=P-256 Root" },
      certificates: first.socket.info?.certificates,
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

import { afterEach, describe, expect, test } from "vitest";
import { connect, type TlsSocket } from "../../src/node/index.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import type { SessionCache } from "../../src/session/sessionCache.ts";
import { fromAscii } from "../../src/wire/bytes.ts";
import { makeChain } from "../certificates.ts";
import { chainOf, groups, keyTypes, suites, usual } from "./chains.ts";
import { GnutlsServer, hasGnutls } from "./gnutls.ts";
import { finished, secured, take } from "./talk.ts";

const toBeClosed: { close(): void }[] = [];
afterEach(() => {
  for (const one of toBeClosed.splice(0)) one.close();
});

async function gnutls(
  args: Parameters<typeof GnutlsServer.start>[1] = () => ["--disable-client-cert"],
  chain = usual,
): Promise<GnutlsServer> {
  const server = await GnutlsServer.start(chain, args);
  toBeClosed.push(server);
  return server;
}

type Options = Omit<Parameters<typeof connect>[0], "host">;

/** A connection over which a line went there and back. */
async function echoed({ port }: GnutlsServer, options: Options = {}): Promise<TlsSocket> {
  const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ca: usual.rootPem, ...options });
  await secured(socket);
  socket.write("there and back\n");
  expect(String(await take(socket, 15))).toBe("there and back\n");
  await finished(socket);
  return socket;
}

describe.skipIf(!hasGnutls)("gnutls-serv", () => {
  test.each(keyTypes)("a full handshake with %s", async (type) => {
    const chain = chainOf(type);
    const socket = await echoed(await gnutls(undefined, chain), { ca: chain.rootPem });
    expect(socket.info).toMatchObject({ authentication: "certificate", certificates: chain.sent });
  });

  test.each(suites)("%s, and updates of the keys", async (suite) => {
    const { port } = await gnutls();
    const socket = connect({
      host: "127.0.0.1",
      port,
      servername: "localhost",
      ca: usual.rootPem,
      cipherSuites: [suite],
    });
    await secured(socket);
    for (const line of ["one\n", "two\n", "six\n"]) {
      socket.updateKeys();
      socket.write(line);
      expect(String(await take(socket, 4))).toBe(line);
    }
    expect(socket.info?.cipherSuite).toBe(suite);
    await finished(socket);
  });

  test.each(groups)("a retry to %s", async (group) => {
    const socket = await echoed(await gnutls(), { groups: [group], keyShares: [] });
    expect(socket.info).toMatchObject({ retried: true, group });
  });

  test("a session is resumed, and what comes of that again", async () => {
    const server = await gnutls();
    const sessions = createSessionCache();
    expect((await echoed(server, { sessions })).info?.resumed).toBe(false);
    for (const _ of [1, 2]) {
      server.forget();
      const { info } = await echoed(server, { sessions });
      expect(info).toMatchObject({ resumed: true, authentication: "resumption", certificates: usual.sent });
      await server.prints(/This is a resumed session/);
    }
  });

  test("early data is accepted, up to what the ticket allows", async () => {
    const server = await gnutls(() => ["--disable-client-cert", "--earlydata", "--maxearlydata", "1000"]);
    const sessions = createSessionCache();
    await echoed(server, { sessions });
    const { info } = await echoed(server, { sessions, earlyData: new Uint8Array(1500) });
    expect(info?.earlyData).toMatchObject({
      outcome: "accepted",
      taken: 1000,
      returned: new Uint8Array(500),
    });
  });

  test("early data for a server that has forgotten the session is handed back", async () => {
    const args = ["--disable-client-cert", "--earlydata"];
    const server = await gnutls(() => args);
    const other = await gnutls(() => args);
    const kept = createSessionCache();
    // As if both were one server, which was restarted.
    const sessions: SessionCache = {
      shared: false,
      put: (_partition, session) => kept.put("one server", session),
      take: () => kept.take("one server"),
    };
    await echoed(server, { sessions });
    const { info } = await echoed(other, { sessions, earlyData: fromAscii("early") });
    expect(info).toMatchObject({
      resumed: false,
      authentication: "certificate",
      earlyData: { outcome: "rejected", taken: 0, returned: fromAscii("early") },
    });
  });

  test("an external PSK, and no certificate", async () => {
    const key = "00112233445566778899aabbccddeeff";
    const server = await gnutls((file) => [
      ...["--disable-client-cert", "--pskpasswd", file("psk.txt", `a client:${key}\n`)],
    ]);
    const psk = { identity: fromAscii("a client"), key: Buffer.from(key, "hex") };
    const socket = await echoed(server, { ca: [], psks: [psk] });
    expect(socket.info).toMatchObject({ authentication: "external_psk", pskIdentity: psk.identity });
    await server.prints(/PSK authentication\. Connected as 'a client'/);
    const several = await echoed(server, { ca: [], psks: [psk, { ...psk, identity: fromAscii("spare") }] });
    expect(several.info?.pskIdentity).toEqual(psk.identity);
    // Who asks for keys that there are not is told no more than who has a wrong one.
    const stranger = { ...psk, identity: fromAscii("a stranger") };
    await expect(echoed(server, { psks: [stranger] })).rejects.toMatchObject({
      alert: { name: "illegal_parameter", direction: "received" },
    });
  });

  test("a session that an external PSK began is resumed", async () => {
    const key = "00112233445566778899aabbccddeeff";
    const server = await gnutls((file) => [
      ...["--disable-client-cert", "--pskpasswd", file("psk.txt", `a client:${key}\n`)],
    ]);
    const sessions = createSessionCache();
    const psks = [{ identity: fromAscii("a client"), key: Buffer.from(key, "hex") }];
    await echoed(server, { ca: [], psks, sessions });
    const { info } = await echoed(server, { ca: [], psks, sessions });
    expect(info).toMatchObject({ resumed: true, identity: undefined, certificates: [] });
  });

  test.each(["RSA", "P-256", "P-384", "Ed25519"] as const)("demands a certificate: %s", async (type) => {
    const client = makeChain({
      keyType: type,
      label: "Clients",
      names: ["client.example"],
      purposes: ["clientAuth"],
    });
    const server = await gnutls((file) => [
      ...["--require-client-cert", "--verify-client-cert", "--x509cafile", file("ca.pem", client.rootPem)],
    ]);
    const sessions = createSessionCache();
    const options = { cert: client.chainPem, key: client.leafKeyPem, sessions };
    const socket = await echoed(server, options);
    expect(socket.info).toMatchObject({ certificateRequested: true, clientCertificates: client.sent });
    await server.prints(/- Status: The certificate is trusted[\s\S]*\tSubject: CN=client\.example\n/);
    expect((await echoed(server, options)).info?.resumed).toBe(true);
  });
});

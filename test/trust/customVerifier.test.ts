// A verifier of the caller's own, as the platform verifiers of Chromium and Android are: it is given what the server sent, in
// DER, and the name, may take its time and ask others, and answers with an identity or refuses.

import { X509Certificate } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  certificateError,
  connect,
  createServerVerifier,
  type PresentedCertificates,
  pinned,
  type ServerVerifier,
  trustOnFirstUse,
} from "../../src/node/index.ts";
import { usual } from "../interop/chains.ts";
import { echo, type NodeServer, nodeServer, shown } from "../interop/nodeServer.ts";
import { failureOf, finished, secured } from "../interop/talk.ts";
import { sha256 } from "../transparencyLog.ts";

let server: NodeServer;
beforeAll(async () => {
  server = await nodeServer(shown(usual), echo);
});
afterAll(() => server.close());

const builtIn = createServerVerifier({ roots: [usual.rootPem] });
const connection = (verifier: ServerVerifier) =>
  connect({ port: server.port, host: "127.0.0.1", servername: "server.example", verifier });

describe("a custom verifier", () => {
  test("is given the chain in DER and the name, waits, and answers with what the built-in one says", async () => {
    let seen: PresentedCertificates | undefined;
    const socket = await secured(
      connection(async (presented) => {
        seen = presented;
        const identity = await builtIn(presented);
        await turn();
        return identity;
      }),
    );
    expect(seen?.serverName).toBe("server.example");
    expect(seen?.chain.map((der) => new X509Certificate(der).subject)).toEqual([
      new X509Certificate(usual.leafPem).subject,
      "CN=P-256 Intermediate 1",
    ]);
    expect(socket.authorized).toBe(true);
    await finished(socket);
  });

  test("may ask for more than the built-in one does [certificate_rejected]", async () => {
    const socket = connection(async (presented) => {
      const identity = await builtIn(presented);
      const [leaf] = identity.path;
      const { serialNumber } = new X509Certificate(leaf as Uint8Array);
      throw certificateError("certificate_rejected", `the serial number ${serialNumber} is on our list`);
    });
    const error = await failureOf(socket);
    expect(error).toMatchObject({
      code: "certificate_rejected",
      alert: { name: "certificate_unknown", direction: "sent" },
      message: expect.stringMatching(/the serial number [0-9A-F]+ is on our list$/),
    });
  });

  test("may be content where the built-in one is not, with a verifier that asks something else", async () => {
    const nobody = createServerVerifier({ roots: [] });
    const byPin = pinned({ keys: [sha256(usual.leafKey.spki)] });
    const socket = await secured(
      connection(async (presented) => {
        try {
          return await nobody(presented);
        } catch {
          return byPin(presented);
        }
      }),
    );
    expect(socket.authorized).toBe(true);
    await finished(socket);
  });

  test("which trusts on first use connects, and says what that is worth", async () => {
    const kept = new Map<string, string>();
    const verifier = trustOnFirstUse({
      get: async (name) => kept.get(name),
      set: async (name, hash) => void kept.set(name, hash),
    });
    for (const isKnown of [false, true]) {
      const socket = await secured(connection(verifier));
      expect(socket.authorized).toBe(isKnown);
      await finished(socket);
    }
    kept.set("server.example", Buffer.from(sha256(usual.rootDer)).toString("base64"));
    expect(await failureOf(connection(verifier))).toMatchObject({ code: "certificate_rejected" });
  });
});

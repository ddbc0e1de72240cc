// Nobody is believed unless somebody says so: both faces, with all that leaves it open whom to trust.

import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConnectOptions as Anywhere, connect as connectAnywhere } from "../../src/index.ts";
import { duplexTransport } from "../../src/node/duplexTransport.ts";
import {
  connect as connectOnNode,
  createTrustStore,
  type ConnectOptions as OnNode,
  type TlsError,
} from "../../src/node/index.ts";
import { usual } from "../interop/chains.ts";
import { echo, type NodeServer, nodeServer, shown } from "../interop/nodeServer.ts";
import { failureOf } from "../interop/talk.ts";

let server: NodeServer;
beforeAll(async () => {
  server = await nodeServer(shown(usual), echo);
});
afterAll(() => server.close());

describe("tls13/node", () => {
  // Undefined is what a setting that was forgotten looks like.
  test.each<readonly [string, object]>([
    ["nothing", {}],
    ["ca: undefined", { ca: undefined }],
    ["verifier: undefined", { verifier: undefined }],
    ["verifier: null", { verifier: null }],
    ["rejectUnauthorized: false, which means nothing here", { rejectUnauthorized: false }],
    ["ca: []", { ca: [] }],
    ["ca: a store without roots", { ca: createTrustStore([]) }],
  ])("with %s believes no stranger [C.5/1]", async (_, settings) => {
    const options = { host: "127.0.0.1", port: server.port, servername: "localhost", ...settings };
    const socket = connectOnNode(options as OnNode);
    expect(await failureOf(socket)).toMatchObject({ code: "certificate_unknown_ca" });
    expect(socket.authorized).toBe(false);
  });

  test.each([
    ["true", true],
    ["text", "trust me"],
  ])("verifier: %s is refused at once [C.5/1]", (_, verifier) => {
    const options = { host: "127.0.0.1", port: server.port, verifier, ca: usual.rootPem };
    expect(() => connectOnNode(options as unknown as OnNode)).toThrow(
      expect.objectContaining({ code: "invalid_option" }),
    );
  });
});

describe("tls13", () => {
  const open = (trust: unknown): ReturnType<typeof connectAnywhere> => {
    const lower = net.connect(server.port, "127.0.0.1");
    try {
      const options = { serverName: "localhost", trust } as Anywhere;
      return connectAnywhere(duplexTransport(lower, undefined), options);
    } catch (error) {
      lower.destroy();
      throw error;
    }
  };

  test.each<readonly [string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["true", true],
    ["roots that are undefined", { roots: undefined }],
    ["a certificate in the place of roots", usual.rootPem],
  ])("trust: %s is refused at once [C.5/1]", (_, trust) => {
    expect(() => open(trust)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });

  test("trust in no root believes no stranger [C.5/1]", async () => {
    const error: TlsError = await open({ roots: [] }).closed.then(
      () => expect.unreachable(),
      (why) => why,
    );
    expect(error.code).toBe("certificate_unknown_ca");
  });
});

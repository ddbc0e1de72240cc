// The real noVNC in a real browser, with TLS end to end to a VNC server behind a relay that can read nothing of it.

import type tls from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Relay, startRelay } from "../adapters/relay.ts";
import { usual } from "../interop/chains.ts";
import { type NodeServer, nodeServer, shown } from "../interop/nodeServer.ts";
import { take, textOf } from "../interop/talk.ts";
import { chromiumPath, openPage } from "./chromium.ts";

const module = `
  import RFB from "@novnc/novnc";
  import { connect } from "./src/shapes/webSocketLike.ts";
  window.view = (relay, serverName, root) => new Promise((resolve) => {
    const socket = connect(new WebSocket(relay), { serverName, trust: { roots: [root] } });
    const rfb = new RFB(document.getElementById("screen"), socket);
    const heard = [];
    socket.addEventListener("error", ({ error }) => heard.push(error.code));
    rfb.addEventListener("desktopname", ({ detail }) => heard.push(detail.name));
    rfb.addEventListener("connect", () => { heard.push("connect"); rfb.disconnect(); });
    rfb.addEventListener("disconnect", ({ detail }) => resolve([...heard, detail.clean ? "clean" : "not clean"]));
  });
`;

/** RFC 6143 §7.1 to §7.3: no password, a screen of 32 by 16, and the client's first requests. */
async function serveVnc(socket: tls.TLSSocket): Promise<string> {
  socket.write("RFB 003.008\n");
  const version = (await take(socket, 12)).toString("latin1");
  socket.write(Uint8Array.of(1, 1));
  await take(socket, 1);
  socket.write(Uint8Array.of(0, 0, 0, 0));
  await take(socket, 1);
  const pixels = [32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0];
  socket.write(Uint8Array.of(0, 32, 0, 16, ...pixels, 0, 0, 0, 4));
  socket.write("desk");
  // Ends with its close_notify.
  await textOf(socket);
  return version;
}

if (chromiumPath === undefined) console.log("skipped: no chromium for noVNC");
describe.skipIf(chromiumPath === undefined)("noVNC in Chromium", () => {
  let server: NodeServer;
  let relay: Relay;
  let browser: Awaited<ReturnType<typeof openPage>>;
  const served: Promise<string>[] = [];
  beforeAll(async () => {
    server = await nodeServer(shown(usual), (socket) => {
      served.push(serveVnc(socket).finally(() => socket.end()));
    });
    relay = await startRelay();
    browser = await openPage(module);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    relay.close();
    server.close();
  });

  test("reaches 'connect' over the WebSocket-like object, and ends cleanly", async () => {
    const call = `view(${JSON.stringify(relay.url(server))}, "localhost", ${JSON.stringify(usual.rootPem)})`;
    expect(await browser.page.evaluate(call)).toEqual(["desk", "connect", "clean"]);
    expect(await served[0]).toBe("RFB 003.008\n");
  });

  test("a server that is not to be trusted ends it, with the reason", async () => {
    const call = `view(${JSON.stringify(relay.url(server))}, "other.example", ${JSON.stringify(usual.rootPem)})`;
    expect(await browser.page.evaluate(call)).toEqual(["certificate_name_mismatch", "not clean"]);
  });
});

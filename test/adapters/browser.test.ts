// A browser's own RTCDataChannel and WebSocket: two RTCPeerConnections in one page, the far one a relay to a node:tls server. And its
// WebAssembly.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { usual } from "../interop/chains.ts";
import { echo, type NodeServer, nodeServer, shown } from "../interop/nodeServer.ts";
import { chromiumPath, openPage } from "../shapes/chromium.ts";
import { type Relay, startRelay } from "./relay.ts";

const module = `
  import { connect, defaultProvider } from "./src/index.ts";
  import { withWasmChaCha20 } from "./src/crypto/provider/wasm/index.ts";

  window.withWebAssembly = async (relay, options) => {
    const provider = await withWasmChaCha20(defaultProvider);
    // Node's servers prefer AES, whoever offers it.
    const cipherSuites = ["TLS_CHACHA20_POLY1305_SHA256"];
    return talk(connect(new WebSocket(relay), { ...options, provider, cipherSuites }));
  };

  window.underPolicy = async (policy) => {
    const meta = document.createElement("meta");
    meta.httpEquiv = "Content-Security-Policy";
    meta.content = policy;
    document.head.append(meta);
    return withWasmChaCha20(defaultProvider).then(({ name }) => name, ({ code }) => code);
  };

  window.overWebSocket = (relay, options) => talk(connect(new WebSocket(relay), options));

  window.overDataChannel = async (relay, options) => {
    const near = new RTCPeerConnection();
    const far = new RTCPeerConnection();
    near.onicecandidate = ({ candidate }) => far.addIceCandidate(candidate);
    far.onicecandidate = ({ candidate }) => near.addIceCandidate(candidate);
    far.ondatachannel = ({ channel }) => {
      const socket = new WebSocket(relay);
      socket.binaryType = channel.binaryType = "arraybuffer";
      const early = [];
      channel.onmessage = ({ data }) => (socket.readyState === 1 ? socket.send(data) : early.push(data));
      socket.onopen = () => early.forEach((data) => socket.send(data));
      socket.onmessage = ({ data }) => {
        for (let at = 0; at < data.byteLength; at += 16384) channel.send(data.slice(at, at + 16384));
      };
      channel.onclose = () => socket.close();
    };
    const tls = connect(near.createDataChannel("tls"), options);
    await near.setLocalDescription();
    await far.setRemoteDescription(near.localDescription);
    await far.setLocalDescription();
    await near.setRemoteDescription(far.localDescription);
    const heard = await talk(tls);
    near.close();
    far.close();
    return heard;
  };

  async function talk(tls) {
    const writer = tls.writable.getWriter();
    const length = 2 ** 20;
    const writing = writer.write(new Uint8Array(length).fill(7)).then(() => writer.close());
    const reader = tls.readable.getReader({ mode: "byob" });
    let heard = 0;
    for (let memory = new Uint8Array(10000); ; ) {
      const { value, done } = await reader.read(memory);
      if (done) break;
      heard += value.every((byte) => byte === 7) ? value.length : NaN;
      memory = new Uint8Array(value.buffer);
    }
    await writing;
    await tls.closed;
    return heard;
  }
`;

if (chromiumPath === undefined) console.log("skipped: no chromium for its WebSockets and data channels");
describe.skipIf(chromiumPath === undefined)("in Chromium", () => {
  let server: NodeServer;
  let relay: Relay;
  let browser: Awaited<ReturnType<typeof openPage>>;
  beforeAll(async () => {
    server = await nodeServer(shown(usual), echo);
    relay = await startRelay();
    browser = await openPage(module);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    relay.close();
    server.close();
  });

  test.each(["overWebSocket", "overDataChannel", "withWebAssembly"])(
    "%s: 1 MiB there and back, and the end of both",
    async (how) => {
      const options = { serverName: "localhost", trust: { roots: [usual.rootPem] } };
      const call = `${how}(${JSON.stringify(relay.url(server))}, ${JSON.stringify(options)})`;
      expect(await browser.page.evaluate(call)).toBe(2 ** 20);
    },
  );

  // In this order, for a page has all the policies that it was ever given.
  test.each([
    ["'self' 'wasm-unsafe-eval'", "web, WebAssembly"],
    ["'self'", "no_common_parameters"],
  ])("under a policy for scripts of %s WebAssembly is answered with %s", async (sources, answer) => {
    expect(await browser.page.evaluate(`underPolicy(${JSON.stringify(`script-src ${sources}`)})`)).toBe(
      answer,
    );
  });
});

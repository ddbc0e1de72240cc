// Real servers behind the relay, with the timeline of what happened.

import type net from "node:net";
import tls from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type LiveOptions, runLive } from "../../../../lab/page/live/runLive.ts";
import type { Run } from "../../../../lab/page/run.ts";
import { startRelay } from "../../../../lab/relay/startRelay.ts";
import { usual } from "../../../interop/chains.ts";
import { nodeServer, shown, tcpServer } from "../../../interop/nodeServer.ts";

const origin = "https://lab.example";
beforeAll(() => {
  vi.stubGlobal(
    "WebSocket",
    class extends WebSocket {
      constructor(url: string) {
        super(url, { origin });
      }
    },
  );
});
afterAll(() => vi.unstubAllGlobals());

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The way to a server through a relay of its own. */
async function wayTo(server: { readonly port: number; close(): void }): Promise<LiveOptions> {
  const target = `localhost:${server.port}`;
  const relay = await startRelay({ targets: [target], origins: [origin] });
  closers.push(
    () => server.close(),
    () => relay.close(),
  );
  return { relay: relay.address, target, protocol: "https", roots: [usual.rootPem] };
}

/** Speaks in clear text, line by line, until the answer that is the go-ahead. */
function clearServer(greeting: string, answers: Readonly<Record<string, string>>, goAhead: string) {
  return tcpServer((socket: net.Socket) => {
    socket.write(greeting, "latin1");
    const listen = (data: Buffer): void => {
      for (const line of data.toString("latin1").split("\r\n").slice(0, -1)) {
        const answer = answers[line.replace(/^t[0-9a-f]{8} /, "TAG ")];
        socket.write((answer ?? "?\r\n").replace("TAG", line.split(" ")[0] ?? ""), "latin1");
        if (answer !== goAhead) continue;
        socket.off("data", listen);
        const secured = new tls.TLSSocket(socket, { isServer: true, ...shown(usual), minVersion: "TLSv1.3" });
        secured.on("error", () => {});
        secured.once("data", (said) => secured.end(`heard ${said}`));
      }
    };
    socket.on("data", listen);
  });
}

const said = ({ steps }: Run): readonly string[] =>
  steps.flatMap((step) =>
    step.kind === "data" ? [`${step.from}: ${Buffer.from(step.bytes).toString()}`] : [],
  );

describe("a run", () => {
  test("of HTTPS has every message, record, secret and byte of both sides", async () => {
    const server = await nodeServer({ ...shown(usual), ALPNProtocols: ["http/1.1"] }, (socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 204 No Content\r\n\r\n"));
    });
    const way = await wayTo(server);
    const run = await runLive(way);
    expect(run.end).toEqual({ kind: "opened" });
    expect(run.agreed).toContainEqual({ name: "application protocol", value: "http/1.1" });
    expect(
      run.steps.flatMap((step) => (step.kind === "message" ? [`${step.from} ${step.name}`] : [])),
    ).toEqual([
      "client ClientHello",
      "server ServerHello",
      "server EncryptedExtensions",
      "server Certificate",
      "server CertificateVerify",
      "server Finished",
      "client Finished",
      "server NewSessionTicket",
      "server NewSessionTicket",
    ]);
    expect(said(run)).toEqual([
      "client: HEAD / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: tls13-lab\r\nConnection: close\r\n\r\n",
      "server: HTTP/1.1 204 No Content\r\n\r\n",
    ]);
    // All records open, and all handshake bytes stand in them where the steps say.
    for (const { content } of run.records) expect(content).toBeDefined();
    for (const step of run.steps) {
      if (step.kind !== "message") continue;
      const bytes = step.pieces.map(
        ({ record, from, to }) => run.records[record]?.content?.slice(from, to) ?? [],
      );
      expect(Buffer.concat(bytes.map((one) => Buffer.from(one))).equals(step.bytes), step.name).toBe(true);
    }
    // The server's own key log has the same secrets.
    const logged = server.keyLog.map((line) => line.split(" ")[2]);
    for (const name of ["server_handshake_traffic_secret", "client_application_traffic_secret_0"]) {
      const value = run.secrets.find((secret) => secret.name === name)?.value;
      expect(logged, name).toContain(Buffer.from(value ?? []).toString("hex"));
    }
    expect(run.certificates.length).toBe(2);
    expect(run.steps.some(({ kind }) => kind === "verification")).toBe(true);
    const times = run.steps.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test.each([
    [
      "smtp",
      "220 mail\r\n",
      { "EHLO [127.0.0.1]": "250-mail\r\n250 STARTTLS\r\n", STARTTLS: "220 go\r\n" },
      "220 go\r\n",
      "QUIT\r\n",
    ],
    ["imap", "* OK imap\r\n", { "TAG STARTTLS": "TAG OK go\r\n" }, "TAG OK go\r\n", "t0 LOGOUT\r\n"],
  ] as const)(
    "of %s begins behind what is said in clear text",
    async (protocol, greeting, answers, goAhead, question) => {
      const way = await wayTo(await clearServer(greeting, answers, goAhead));
      const run = await runLive({ ...way, protocol });
      expect(run.end).toEqual({ kind: "opened" });
      expect(run.records[0]).toMatchObject({ from: "client", type: 22 });
      expect(said(run)).toEqual([`client: ${question}`, `server: heard ${question}`]);
    },
  );

  test("of a server that is not believed shows where and why the client stopped", async () => {
    const way = await wayTo(await nodeServer(shown(usual)));
    const run = await runLive({ ...way, serverName: "other.example" });
    expect(run.end).toMatchObject({
      kind: "failed",
      code: "certificate_name_mismatch",
      alert: { name: "bad_certificate", direction: "sent" },
    });
    if (run.end.kind !== "failed") return;
    expect(run.steps[run.end.step]).toMatchObject({ kind: "message", name: "Certificate" });
    expect(run.steps.at(-1)).toBeDefined();
  });

  test("of a server that is cut off in the midst of an answer is no whole one", async () => {
    const way = await wayTo(
      await nodeServer({ ...shown(usual), ALPNProtocols: ["http/1.1"] }, (socket) => {
        socket.once("data", () => socket.write("HTTP/1.1 200 OK", () => socket.destroy()));
      }),
    );
    expect((await runLive(way)).end).toMatchObject({
      kind: "failed",
      code: expect.stringMatching(/truncated|transport_failed/),
    });
  });
});

describe("no run, and the reason", () => {
  test("the relay leads elsewhere", async () => {
    const way = await wayTo(await tcpServer(() => {}));
    await expect(runLive({ ...way, target: "localhost:1" })).rejects.toThrow(
      "1008 the relay does not lead to this target",
    );
  });

  test("the server offers no STARTTLS, or says more than it should before TLS", async () => {
    const none = await wayTo(await clearServer("220 mail\r\n", { "EHLO [127.0.0.1]": "250 mail\r\n" }, ""));
    await expect(runLive({ ...none, protocol: "smtp" })).rejects.toMatchObject({ code: "starttls_refused" });
    const early = await wayTo(
      await tcpServer((socket) => socket.once("data", () => socket.write("Sinjected"))),
    );
    await expect(runLive({ ...early, protocol: "postgresql" })).rejects.toMatchObject({
      code: "starttls_injected",
    });
  });

  test.each(["https", "postgresql"] as const)("the server says nothing, %s", async (protocol) => {
    const way = await wayTo(await tcpServer((socket) => socket.resume()));
    const outcome = runLive({ ...way, protocol, timeout: 300 }).then(
      ({ end }) => end,
      (error: unknown) => error,
    );
    expect(await outcome).toMatchObject({ code: "timeout" });
  });

  test("it is called off", async () => {
    const way = await wayTo(await tcpServer((socket) => socket.resume()));
    await expect(runLive({ ...way, protocol: "imap" }, AbortSignal.abort())).rejects.toMatchObject({
      code: "aborted",
    });
    const calling = new AbortController();
    const outcome = runLive({ ...way, protocol: "imap" }, calling.signal);
    setImmediate(() => calling.abort());
    await expect(outcome).rejects.toMatchObject({ code: "aborted" });
  });
});

// The table itself: an honest peer passes, and a peer that is wrong in one thing fails in the case that is about it.

import { constants } from "node:crypto";
import { readFileSync } from "node:fs";
import type tls from "node:tls";
import { describe, expect, test } from "vitest";
import { hybridGroups } from "../chains.ts";
import { type NodeServer, nodeServer, shown, type Talk } from "../nodeServer.ts";
import { peers } from "./all.ts";
import { type CaseName, columns } from "./bench.ts";
import { cases } from "./cases.ts";
import { cell, page, reasons } from "./page.ts";
import { hybrids, type Peer, type RunningPeer, type Wishes } from "./peer.ts";
import { judge, type Outcome, type Row, rowOf } from "./table.ts";
import { echo } from "./talks.ts";

const settings = { bulk: 300_000, limit: 5000 };

interface Bent {
  readonly options?: tls.TlsOptions;
  readonly lacks?: Peer["lacks"];
  readonly talk?: Talk;
  readonly running?: Partial<RunningPeer>;
  readonly start?: (wishes: Wishes) => Promise<RunningPeer>;
}

/** OpenSSL has ML-KEM from 3.5 on, and that of Node 20 is 3.0. */
const [major = 0, minor = 0] = process.versions.openssl.split(".").map(Number);
const hasMlKem = major > 3 || (major === 3 && minor >= 5);
const curves = ["X25519", "P-256", "P-384", "P-521", ...(hasMlKem ? hybridGroups : [])];

const sendsBack: Talk = (socket) => {
  socket.pipe(socket);
};

/** A node:tls in this process, honest but for what it is bent in. */
function peer({ options = {}, lacks = {}, talk = sendsBack, running = {}, start }: Bent = {}): Peer {
  return {
    name: "a peer",
    version: "1",
    about: "a server of the test's own",
    lacks,
    start:
      start ??
      (async ({ chain, clientRoots }) => {
        const asks = { requestCert: true, rejectUnauthorized: true, ca: clientRoots };
        const server: NodeServer = await nodeServer(
          {
            ...shown(chain),
            ALPNProtocols: ["tls13"],
            ecdhCurve: curves.join(":"),
            ...(clientRoots === undefined ? {} : asks),
            ...options,
          },
          talk,
        );
        return {
          address: () => ({ host: "127.0.0.1", port: server.port }),
          talk: echo,
          close: () => server.close(),
          ...running,
        };
      }),
  };
}

async function outcomeOf(name: CaseName, bent?: Bent): Promise<Outcome | undefined> {
  const row = await rowOf(
    peer(bent),
    cases.filter((one) => one.name === name),
    settings,
  );
  return row.get(name);
}

const missing: readonly CaseName[] = [
  ...(hasMlKem ? [] : hybrids),
  "0-RTT: accepted",
  "0-RTT: rejected",
  "KeyUpdate: asked for by the peer",
  "PSK: external",
  "PSK: after HelloRetryRequest",
];

test("an honest peer passes all that it does not lack", async () => {
  const lacks = Object.fromEntries(missing.map((name) => [name, "it was not told to"]));
  const row = await rowOf(peer({ lacks }), cases, settings);
  expect(row.size).toBe(cases.length);
  for (const { name } of cases) {
    expect([name, row.get(name)?.kind]).toEqual([name, missing.includes(name) ? "lacking" : "passed"]);
  }
});

test.each(missing)("what it lacks without saying so is a failure: %s", async (name) => {
  expect(await outcomeOf(name)).toMatchObject({ kind: "failed" });
});

test("what it is said to lack, and has, is a failure", async () => {
  const lacks = { "ALPN: agreed": "it is said to know none" };
  expect(await outcomeOf("ALPN: agreed", { lacks })).toEqual({
    kind: "failed",
    error: "it is said that it can't (it is said to know none), and it can",
  });
});

const noTickets = { secureOptions: constants.SSL_OP_NO_TICKET, sessionTimeout: 0 };
let served = 0;

test.each<readonly [CaseName, string, Bent]>([
  ["suite: TLS_AES_128_GCM_SHA256", "another suite", { options: { ciphers: "TLS_AES_256_GCM_SHA384" } }],
  ["group: x25519", "another group", { options: { ecdhCurve: "P-384" } }],
  ["HelloRetryRequest: x25519", "another group", { options: { ecdhCurve: "P-384" } }],
  ["ALPN: agreed", "no protocol", { options: { ALPNProtocols: [] } }],
  ["resumption: once", "no tickets", { options: noTickets }],
  ["client certificate: P-256", "it does not ask", { options: { requestCert: false } }],
  ["client certificate: none", "it only asks", { options: { rejectUnauthorized: false } }],
  [
    "suite: TLS_AES_128_GCM_SHA256",
    "it says something else",
    { talk: (socket) => socket.end("x".repeat(30)) },
  ],
  [
    "bulk: both ways at once",
    "a byte is another",
    {
      talk: (socket) => {
        socket.on("data", (bytes: Buffer) => {
          if (bytes.length > 1000) bytes[7] = (bytes[7] as number) ^ 1;
          socket.write(bytes);
        });
      },
    },
  ],
  ["bulk: up", "it can't", { running: { talk: { ...echo, both: undefined } as never } }],
  [
    "abrupt close: by us",
    "it serves once",
    {
      talk: (socket) => {
        if (served++ === 0) sendsBack(socket);
        else socket.destroy();
      },
    },
  ],
  ["suite: TLS_AES_128_GCM_SHA256", "it does not start", { start: () => Promise.reject(new Error("no")) }],
])("%s fails: %s", async (name, _, bent) => {
  expect(await outcomeOf(name, bent)).toMatchObject({ kind: "failed" });
});

test("a peer that hangs has its time", async () => {
  const row = await rowOf(
    peer({ talk: (socket) => socket.resume() }),
    cases.filter(({ name }) => name === "ALPN: agreed"),
    { bulk: 1000, limit: 300 },
  );
  expect(row.get("ALPN: agreed")).toEqual({ kind: "failed", error: "not done within 300 ms" });
});

test("a peer that ends in peace has not ended abruptly", async () => {
  const name = "abrupt close: by the peer";
  const sockets: tls.TLSSocket[] = [];
  const talk: Talk = (socket) => {
    sockets.push(socket);
    sendsBack(socket);
  };
  const close = (): void => {
    for (const socket of sockets) socket.end();
  };
  expect(await outcomeOf(name, { talk, running: { close } })).toMatchObject({ kind: "failed" });
});

test("a reason excuses a failure, and only that", () => {
  expect(judge(undefined, undefined)).toEqual({ kind: "passed" });
  expect(judge("broken", undefined)).toEqual({ kind: "failed", error: "broken" });
  expect(judge("broken", "it can't")).toEqual({ kind: "lacking", reason: "it can't" });
  expect(judge(undefined, "it can't").kind).toBe("failed");
});

describe("the page", () => {
  const row: Row = new Map<CaseName, Outcome>([
    ["suite: TLS_AES_128_GCM_SHA256", { kind: "passed" }],
    ["0-RTT: accepted", { kind: "lacking", reason: "it has none" }],
    ["0-RTT: rejected", { kind: "lacking", reason: "it has none" }],
    ["KeyUpdate: asked for by us", { kind: "passed" }],
    ["KeyUpdate: asked for by the peer", { kind: "lacking", reason: "it has none" }],
    ["PSK: external", { kind: "passed" }],
    ["PSK: after HelloRetryRequest", { kind: "failed", error: "it is broken" }],
  ]);

  test("says in a cell what came of its cases", () => {
    expect((["suite", "0-RTT", "KeyUpdate", "PSK"] as const).map((column) => cell(row, column))).toEqual([
      "passed",
      "not supported",
      "1 of 2",
      "FAILED",
    ]);
    expect(reasons(row)).toEqual([
      "0-RTT (accepted, rejected), KeyUpdate (asked for by the peer): it has none",
      "PSK (after HelloRetryRequest): FAILED: it is broken",
    ]);
  });

  test("names a peer that is not there", () => {
    const text = page([{ peer: peer(), row: undefined }], "today", 2 ** 20);
    expect(text).toContain(`| a peer |${" skipped |".repeat(columns.length)}\n`);
    expect(text).toContain("not on the machine of this run");
  });

  test("in docs/ belongs to the peers and the cases that stand here", () => {
    const text = readFileSync(new URL("../../../docs/interop.md", import.meta.url), "utf8");
    expect(text).toContain(`${peers.length} peers, ${cases.length} cases each`);
    expect(text).not.toContain("FAILED");
    for (const { name, about, lacks } of peers) {
      expect(text).toContain(`- **${name}**: ${about}.`);
      for (const reason of Object.values(lacks)) expect(text).toContain(reason);
    }
  });
});

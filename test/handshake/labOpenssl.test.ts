// What the lab knows of PSKs, early data and clients' certificates, tried on OpenSSL's client: it shares no code with ours.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LabOptions } from "../../lab/options.ts";
import { RecordWire } from "../../lab/recordWire.ts";
import { data, keyUpdate } from "../../lab/script.ts";
import { LabServer } from "../../lab/server.ts";
import { TicketStore } from "../../lab/tickets.ts";
import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { duplexTransport } from "../../src/node/duplexTransport.ts";
import { fromAscii, fromHex, toLatin1 } from "../../src/wire/bytes.ts";
import { serverName } from "../cases/meeting.ts";
import { makeChain } from "../certificates.ts";
import { hasOpenssl } from "../interop/openssl.ts";
import { harnessWith } from "./harness.ts";

interface Visit {
  readonly lab: LabServer;
  readonly printed: string;
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tls13-lab-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** One connection of `openssl s_client` to the lab, a line of data each way. */
async function visit(
  options: Partial<LabOptions>,
  args: readonly string[],
  meanwhile: (lab: LabServer) => Promise<void> = async () => {},
): Promise<Visit> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = spawn("openssl", [
    "s_client",
    ...["-connect", `127.0.0.1:${port}`, "-servername", serverName, "-tls1_3", "-nocommands"],
    ...args,
  ]);
  let printed = "";
  const goodbye = new Promise<void>((resolve) => {
    const hear = (chunk: Buffer): void => {
      printed += chunk.toString("latin1");
      if (printed.includes("farewell")) resolve();
    };
    client.stdout.on("data", hear);
    client.stderr.on("data", hear);
    client.on("close", () => resolve());
  });
  const [socket] = (await once(server, "connection")) as [Socket];
  server.close();
  const lab = new LabServer(new RecordWire(defaultProvider, duplexTransport(socket, undefined)), {
    provider: defaultProvider,
    credentials: await harnessWith(defaultProvider).credentials("P-256"),
    ...options,
  });
  if ((await lab.outcome) === "opened") {
    client.stdin.write("greetings\n");
    await lab.seen.until(() => toLatin1(lab.seen.data) === "greetings\n");
    await meanwhile(lab);
    await lab.perform(data(fromAscii("farewell")));
  }
  await goodbye;
  client.stdin.end();
  await lab.done;
  if (lab.failure !== undefined) throw new Error(`${printed}`, { cause: lab.failure });
  expect(lab.seen.unreadable).toBe(0);
  return { lab, printed };
}

const identity = fromAscii("client of the lab");
const key = fromHex("00112233445566778899aabbccddeeff");
const early = "GET / HTTP/1.1\r\n\r\n";

describe.skipIf(!hasOpenssl)("the lab's server and OpenSSL's client", () => {
  test.each([
    ["TLS_AES_128_GCM_SHA256", "at once", {}],
    ["TLS_AES_256_GCM_SHA384", "at once", {}],
    ["TLS_CHACHA20_POLY1305_SHA256", "at once", {}],
    ["TLS_AES_128_GCM_SHA256", "after a retry", { retry: { cookie: new Uint8Array(40) } }],
    ["TLS_AES_256_GCM_SHA384", "after a retry", { retry: { cookie: new Uint8Array(40) } }],
  ] as const)("resume each other with %s, %s", async (suite, _, more) => {
    const session = join(folder, "resumed");
    const options = { cipherSuites: [suite], ticketStore: new TicketStore(), tickets: 2 };
    await visit(options, ["-sess_out", session]);
    const { lab, printed } = await visit({ ...options, ...more }, ["-sess_in", session]);
    expect(printed).toContain(`Reused, TLSv1.3, Cipher is ${suite}`);
    expect(lab.context.choice.psk?.index).toBe(0);
    expect(lab.seen.named("Certificate")).toEqual([]);
  });

  test("make a full handshake where the ticket is declined, used or unknown", async () => {
    const session = join(folder, "declined");
    const ticketStore = new TicketStore({ singleUse: true });
    await visit({ ticketStore, tickets: 1 }, ["-sess_out", session]);
    for (const [options, reused] of [
      [{ ticketStore, selectPsk: "decline" }, false],
      [{ ticketStore: new TicketStore() }, false],
      [{ ticketStore }, true],
      [{ ticketStore }, false],
    ] as const) {
      const { printed } = await visit(options, ["-sess_in", session]);
      expect(printed).toContain(reused ? "Reused, TLSv1.3" : "New, TLSv1.3");
    }
    expect(ticketStore.timesOffered(ticketStore.issued[0]!.identity)).toBe(3);
  });

  test.each([
    ["accepted", "where the server wants it", { earlyData: "accept" }],
    ["rejected", "where it does not", { earlyData: "reject" }],
    ["rejected", "with a retry", { earlyData: "accept", retry: { cookie: new Uint8Array(9) } }],
    ["rejected", "where the ticket is declined", { earlyData: "accept", selectPsk: "decline" }],
    ["rejected", "where the ticket is unknown", { earlyData: "accept", ticketStore: new TicketStore() }],
  ] as const)("early data is %s %s", async (outcome, _, more) => {
    const session = join(folder, "early");
    const options = { ticketStore: new TicketStore(), tickets: 1, ticket: { maxEarlyDataSize: 18 } };
    await visit(options, ["-sess_out", session]);
    const { lab, printed } = await visit({ ...options, ...more }, [
      ...["-sess_in", session, "-early_data", file("request", early)],
    ]);
    expect(printed).toContain(`Early data was ${outcome}`);
    expect(lab.context.choice.earlyData).toBe(outcome);
    expect(toLatin1(lab.seen.earlyData)).toBe(outcome === "accepted" ? early : "");
    expect(lab.seen.skipped).toBe(outcome === "accepted" ? 0 : 1);
    expect(lab.seen.named("EndOfEarlyData").map((one) => one.epoch)).toEqual(
      outcome === "accepted" ? ["early"] : [],
    );
  });

  test("know each other by an external PSK, and show no certificate", async () => {
    const psks = [{ kind: "external", identity, key, hash: "SHA-256" }] as const;
    const { lab, printed } = await visit({ psks }, [
      ...["-psk", "00112233445566778899aabbccddeeff", "-psk_identity", toLatin1(identity)],
    ]);
    expect(printed).toContain("no peer certificate available");
    expect(lab.context.choice.psk?.psk).toBe(psks[0]);
  });

  test.each([
    ["P-256", "ecdsa_secp256r1_sha256"],
    ["P-384", "ecdsa_secp384r1_sha384"],
    ["RSA", "rsa_pss_rsae_sha256"],
    ["RSA-PSS", "rsa_pss_pss_sha256"],
    ["Ed25519", "ed25519"],
  ] as const)("the client shows a certificate with a key of the kind %s", async (keyType, scheme) => {
    const chain = makeChain({ keyType, names: ["client.example"] });
    const args = [
      ...["-cert", file(`${keyType}.pem`, chain.leafPem), "-key", file(`${keyType}.key`, chain.leafKeyPem)],
    ];
    const { lab } = await visit({ requestCertificate: true }, args);
    const certificates = [chain.sent[0]];
    const requestContext = new Uint8Array(0);
    expect(lab.seen.clients).toEqual([{ requestContext, certificates, scheme, afterHandshake: false }]);
    // After the handshake, too, each time under the client's latest keys: it owes the KeyUpdate with what it next says.
    const later = await visit({}, [...args, "-enable_pha"], async (lab) => {
      for (const answers of [1, 2]) {
        await lab.perform(lab.message("CertificateRequest"));
        await lab.seen.until(() => lab.seen.clients.length === answers);
        await lab.perform(...keyUpdate(1));
      }
    });
    expect(later.lab.seen.named("KeyUpdate").length).toBeGreaterThan(0);
    expect(
      later.lab.seen.clients.map(({ requestContext: { length }, ...rest }) => ({ length, ...rest })),
    ).toEqual([1, 2].map(() => ({ length: 8, certificates, scheme, afterHandshake: true })));
  });

  test("the client has no certificate to show", async () => {
    const { lab } = await visit({ requestCertificate: true }, []);
    expect(lab.seen.clients).toEqual([
      { requestContext: new Uint8Array(0), certificates: [], scheme: undefined, afterHandshake: false },
    ]);
  });
});

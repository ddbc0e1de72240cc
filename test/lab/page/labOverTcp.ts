import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { trustedRoots } from "../../../lab/page/certificates.ts";
import type { Change } from "../../../lab/page/run.ts";
import { type Scenario, type ScenarioId, scenarios } from "../../../lab/page/scenarios.ts";
import { changedServer } from "../../../lab/page/serverOptions.ts";
import { RecordWire } from "../../../lab/recordWire.ts";
import { LabServer } from "../../../lab/server.ts";
import { TicketStore } from "../../../lab/tickets.ts";
import { defaultProvider } from "../../../src/crypto/provider/node.ts";
import { duplexTransport } from "../../../src/node/duplexTransport.ts";
import { toPem } from "../../certificates.ts";
import { tls13 } from "../../cli/harness.ts";

/** What a client says of a connection: that it opened, or the error's code with its alert. */
export interface Verdict {
  readonly code: string;
  readonly alert: { readonly name: string; readonly direction: string } | undefined;
}

export const opened: Verdict = { code: "opened", alert: undefined };

/** The page's server behind TCP, and the command as its client. */
export class LabOverTcp {
  readonly #server = net.createServer({ allowHalfOpen: true });
  readonly #folder = mkdtempSync(join(tmpdir(), "lab-page-"));
  readonly #sockets = new Set<net.Socket>();
  /** What the server does to the next client; one is served at a time. */
  #next: { readonly scenario: Scenario; readonly changes: readonly Change[] } | undefined;

  async listen(): Promise<void> {
    writeFileSync(this.#caFile, trustedRoots.map((der) => toPem(der)).join(""));
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      if (this.#next === undefined) return void socket.destroy();
      const { scenario, changes } = this.#next;
      socket.on("error", () => {});
      const means = { provider: defaultProvider, ticketStore: new TicketStore() };
      const { options } = changedServer(
        scenario,
        changes,
        means,
        () => {},
        () => {},
      );
      new LabServer(new RecordWire(defaultProvider, duplexTransport(socket, undefined)), options);
    });
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  async close(): Promise<void> {
    rmSync(this.#folder, { recursive: true });
    // A server that waits for a message of the client's waits for ever.
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** @param timeout milliseconds that the handshake may take */
  async connect(id: ScenarioId, changes: readonly Change[], timeout: number): Promise<Verdict> {
    this.#next = { scenario: scenarios[id], changes };
    const { port } = this.#server.address() as AddressInfo;
    const { stderr } = await tls13(
      [
        ...["connect", `127.0.0.1:${port}`, "--servername", "lab.example", "--ca", this.#caFile, "--json"],
        ...["--alpn", "h2,http/1.1", "--groups", "x25519,secp256r1", "--timeout", `${timeout}`],
        ...["--ciphers", "TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384,TLS_CHACHA20_POLY1305_SHA256"],
      ],
      { stdin: "" },
    );
    const lines = stderr
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; code: string; alert: Verdict["alert"] | null });
    const error = lines.find(({ kind }) => kind === "error");
    if (error !== undefined) return { code: error.code, alert: error.alert ?? undefined };
    if (lines.some(({ kind }) => kind === "connected")) return opened;
    throw new Error(`neither connected nor failed: ${stderr}`);
  }

  get #caFile(): string {
    return join(this.#folder, "roots.pem");
  }
}

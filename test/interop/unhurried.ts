import net from "node:net";
import { tcpServer } from "./nodeServer.ts";

/** EncryptedExtensions and Finished of a server that resumes: what is encrypted after them answers early data. */
const flightOfServer = 2;

/**
 * A way to a server on which the end of early data waits until the server has answered it. nginx says that a request came
 * early (`$ssl_early_data`) only if the handshake is not over when it looks, and a client may be quicker than that.
 */
export function unhurried(path: string): Promise<{ readonly port: number; close(): void }> {
  return tcpServer(
    (client) => {
      const server = net.connect(path);
      const [up, down] = [new RecordTypes(), new RecordTypes()];
      let waiting: Buffer[] | undefined;
      let answered = false;
      const release = (): void => {
        for (const bytes of waiting ?? []) server.write(bytes);
        waiting = undefined;
        answered = true;
      };
      let isFirst = true;
      client.on("data", (bytes: Buffer) => {
        up.add(bytes);
        if (waiting !== undefined) waiting.push(bytes);
        else server.write(bytes);
        if (isFirst && up.count(applicationData) > 0) waiting = [];
        isFirst = false;
        // After a retry there is no early data to be answered.
        if (up.count(handshake) > 1) release();
      });
      server.on("data", (bytes: Buffer) => {
        down.add(bytes);
        client.write(bytes);
        if (!answered && down.count(applicationData) > flightOfServer) release();
      });
      client.on("end", () => server.end());
      server.on("end", () => client.end());
      server.on("error", () => client.destroy());
      client.on("close", () => server.destroy());
    },
    { allowHalfOpen: true, noDelay: true },
  );
}

const handshake = 22;
const applicationData = 23;

/** Counts records by their outer types as they pass. */
class RecordTypes {
  readonly #counts = new Map<number, number>();
  #rest = Buffer.alloc(0);

  add(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 5) {
      const end = 5 + this.#rest.readUInt16BE(3);
      if (this.#rest.length < end) return;
      const type = this.#rest[0] as number;
      this.#counts.set(type, this.count(type) + 1);
      this.#rest = this.#rest.subarray(end);
    }
  }

  count(type: number): number {
    return this.#counts.get(type) ?? 0;
  }
}

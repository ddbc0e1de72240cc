import { believer } from "../../lab/leafKey.ts";
import { MemoryTransport } from "../../lab/memoryTransport.ts";
import { RecordWire } from "../../lab/recordWire.ts";
import { LabServer } from "../../lab/server.ts";
import { webCryptoSigner } from "../../lab/signer.ts";
import type { Transport, TransportReceiver } from "../../src/connection/transport.ts";
import { type CipherSuiteName, cipherSuite } from "../../src/crypto/cipherSuites.ts";
import { defaultProvider as provider } from "../../src/crypto/provider/web.ts";
import { connect } from "../../src/index.ts";
import { type TrafficKeys, trafficKeys } from "../../src/keyschedule/trafficSecret.ts";
import { nonce } from "../../src/record/nonce.ts";
import { type Bytes, fromHex } from "../../src/wire/bytes.ts";

// Runs in the page: one connection with a server in the same page, whose answer was sealed beforehand, so that what is measured
// is the client alone; and the same records by crypto.subtle.decrypt alone.

export interface Round {
  readonly suite: CipherSuiteName;
  /** In one turn. */
  readonly megabytes: number;
  readonly turns: number;
  /** Bytes that arrive in one read. */
  readonly chunk: number;
  readonly certificate: string;
  readonly pkcs8: string;
}

/** Of one turn: the same records by either way, one right after the other. */
export interface Times {
  /** Milliseconds. */
  readonly raw: number;
  readonly tls13: number;
}

const recordSize = 16_384;
const sealedSize = 5 + recordSize + 1 + 16;
/** As many as the client keeps in flight. */
const window = 16;

/** The client's end, into which the sealed answer is put once the handshake is over. */
class Feed implements Transport {
  readonly #end: MemoryTransport;
  #receiver: TransportReceiver | undefined;
  #paused = false;
  #goOn: (() => void) | undefined;

  constructor(end: MemoryTransport) {
    this.#end = end;
  }

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
    this.#end.start(receiver);
  }

  write(bytes: Uint8Array, written: () => void): void {
    this.#end.write(bytes, written);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#goOn?.();
  }

  end(): void {
    this.#end.end();
  }

  close(): void {
    this.#end.close();
  }

  abort(cause: unknown): void {
    this.#end.abort(cause);
  }

  async put(bytes: Bytes, chunk: number): Promise<void> {
    for (let start = 0; start < bytes.length; start += chunk) {
      if (this.#paused) {
        await new Promise<void>((resolve) => {
          this.#goOn = resolve;
        });
      }
      // Given, as a WebSocket's messages are.
      this.#receiver?.received(bytes.subarray(start, start + chunk), true);
    }
  }
}

/** A WebCrypto key of these keys, by the names that the suites' AEADs have there. */
async function importKey(suite: CipherSuiteName, { key }: TrafficKeys) {
  const { aead } = cipherSuite(suite);
  const isAes = aead !== "ChaCha20-Poly1305";
  const name = isAes ? "AES-GCM" : aead;
  const format = (isAes ? "raw" : "raw-secret") as "raw";
  return { name, key: await crypto.subtle.importKey(format, key, name, false, ["encrypt", "decrypt"]) };
}

type Imported = Awaited<ReturnType<typeof importKey>>;

const parameters = ({ name }: Imported, { iv }: TrafficKeys, sequence: number, header: Bytes) => ({
  name,
  iv: nonce(iv, sequence),
  additionalData: header,
  tagLength: 128,
});

async function seal(imported: Imported, keys: TrafficKeys, records: number): Promise<Bytes> {
  const sealed = new Uint8Array(records * sealedSize);
  const plaintext = new Uint8Array(recordSize + 1).fill(0x61);
  plaintext[recordSize] = 23;
  const header = new Uint8Array([23, 3, 3, (sealedSize - 5) >> 8, (sealedSize - 5) & 0xff]);
  for (let sequence = 0; sequence < records; sequence++) {
    const how = parameters(imported, keys, sequence, header);
    sealed.set(header, sequence * sealedSize);
    sealed.set(
      new Uint8Array(await crypto.subtle.encrypt(how, imported.key, plaintext)),
      sequence * sealedSize + 5,
    );
  }
  return sealed;
}

/** Records decrypted and nothing else, always as many in flight as the client has. */
async function decryptAll(
  imported: Imported,
  keys: TrafficKeys,
  sealed: Bytes,
  first: number,
  count: number,
) {
  let bytes = 0;
  const ahead: Promise<ArrayBuffer>[] = [];
  for (let sequence = first; sequence < first + count; sequence++) {
    const start = sequence * sealedSize;
    const how = parameters(imported, keys, sequence, sealed.subarray(start, start + 5));
    ahead.push(crypto.subtle.decrypt(how, imported.key, sealed.subarray(start + 5, start + sealedSize)));
    if (ahead.length === window) bytes += (await (ahead.shift() as Promise<ArrayBuffer>)).byteLength - 1;
  }
  for (const opening of ahead) bytes += (await opening).byteLength - 1;
  if (bytes !== count * recordSize) throw new Error(`${bytes} bytes were decrypted`);
}

export async function measure(round: Round): Promise<readonly Times[]> {
  const { suite, megabytes, turns, chunk, certificate, pkcs8 } = round;
  const [clientEnd, serverEnd] = MemoryTransport.pair();
  const lab = new LabServer(new RecordWire(provider, serverEnd), {
    provider,
    credentials: {
      certificates: [fromHex(certificate)],
      schemes: ["ecdsa_secp256r1_sha256"],
      sign: webCryptoSigner(fromHex(pkcs8)),
    },
  });
  const feed = new Feed(clientEnd);
  let secret = "";
  const connection = connect(feed, {
    serverName: "localhost",
    trust: believer,
    provider,
    cipherSuites: [suite],
    keyLog: (line) => {
      if (line.startsWith("SERVER_TRAFFIC_SECRET_0 ")) secret = line.split(" ")[2] as string;
    },
  });
  await connection.opened;
  if ((await lab.outcome) !== "opened") throw new Error("the server did not open", { cause: lab.failure });
  const chosen = cipherSuite(suite);
  const keys = trafficKeys({
    suite: chosen,
    hash: provider.hashes[chosen.hash],
    secret: fromHex(secret),
  });
  const imported = await importKey(suite, keys);
  const records = (megabytes * 2 ** 20) / recordSize;
  const sealed = await seal(imported, keys, turns * records);
  const reader = connection.readable.getReader();

  async function download(turn: number): Promise<void> {
    const put = feed.put(
      sealed.subarray(turn * records * sealedSize, (turn + 1) * records * sealedSize),
      chunk,
    );
    for (let left = records * recordSize; left > 0; ) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`the connection ended ${left} bytes too early`);
      left -= value.length;
    }
    await put;
  }

  const times: Times[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const one = { raw: 0, tls13: 0 };
    // Each is as often first as second: a load of the machine that comes and goes meets both alike.
    for (const way of turn % 2 === 0 ? (["raw", "tls13"] as const) : (["tls13", "raw"] as const)) {
      const start = performance.now();
      await (way === "raw" ? decryptAll(imported, keys, sealed, turn * records, records) : download(turn));
      one[way] = performance.now() - start;
    }
    times.push(one);
  }
  connection.close();
  return times;
}

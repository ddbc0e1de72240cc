import { believer } from "../../lab/leafKey.ts";
import { MemoryTransport } from "../../lab/memoryTransport.ts";
import { RecordWire } from "../../lab/recordWire.ts";
import { LabServer } from "../../lab/server.ts";
import { webCryptoSigner } from "../../lab/signer.ts";
import { byteReadable } from "../../src/adapters/byteReadable.ts";
import type { Transport, TransportReceiver } from "../../src/connection/transport.ts";
import { type CipherSuiteName, cipherSuite } from "../../src/crypto/cipherSuites.ts";
import { withWasmChaCha20 } from "../../src/crypto/provider/wasm/index.ts";
import { defaultProvider as provider } from "../../src/crypto/provider/web.ts";
import { connect } from "../../src/index.ts";
import { type TrafficKeys, trafficKeys } from "../../src/keyschedule/trafficSecret.ts";
import { nonce } from "../../src/record/nonce.ts";
import { type Bytes, fromHex } from "../../src/wire/bytes.ts";

// Runs in the page: connections with a server in the same page, whose answer was sealed beforehand, so that what is measured is
// the client alone; and the same records by crypto.subtle.decrypt alone.

export interface Round {
  readonly suite: CipherSuiteName;
  /** Whether the client has its ChaCha20-Poly1305 from tls13/wasm. */
  readonly wasm: boolean;
  /** In one turn. */
  readonly megabytes: number;
  readonly turns: number;
  /** Bytes of content in one record. */
  readonly recordSize: number;
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

const sealedSizeOf = (recordSize: number): number => 5 + recordSize + 1 + 16;
/** What an upload's caller writes at once. */
const piece = new Uint8Array(65_536);
/** As many as the client keeps in flight. */
const window = 16;

/** The client's end, into which the sealed answer is put once the handshake is over. */
class Feed implements Transport {
  readonly #end: MemoryTransport;
  #receiver: TransportReceiver | undefined;
  #paused = false;
  #goOn: (() => void) | undefined;
  /** Whether what is written goes nowhere. */
  swallows = false;

  constructor(end: MemoryTransport) {
    this.#end = end;
  }

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
    this.#end.start(receiver);
  }

  write(bytes: Uint8Array, written: () => void): void {
    if (this.swallows) queueMicrotask(written);
    else this.#end.write(bytes, written);
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

async function seal(
  imported: Imported,
  keys: TrafficKeys,
  records: number,
  recordSize: number,
): Promise<Bytes> {
  const sealedSize = sealedSizeOf(recordSize);
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
  recordSize: number,
  take?: (plaintext: Bytes) => void,
) {
  const sealedSize = sealedSizeOf(recordSize);
  let bytes = 0;
  const taken = (plaintext: ArrayBuffer) => {
    bytes += plaintext.byteLength - 1;
    take?.(new Uint8Array(plaintext, 0, plaintext.byteLength - 1));
  };
  const ahead: Promise<ArrayBuffer>[] = [];
  for (let sequence = first; sequence < first + count; sequence++) {
    const start = sequence * sealedSize;
    const how = parameters(imported, keys, sequence, sealed.subarray(start, start + 5));
    ahead.push(crypto.subtle.decrypt(how, imported.key, sealed.subarray(start + 5, start + sealedSize)));
    if (ahead.length === window) taken(await (ahead.shift() as Promise<ArrayBuffer>));
  }
  for (const opening of ahead) taken(await opening);
  if (bytes !== count * recordSize) throw new Error(`${bytes} bytes were decrypted`);
}

interface Works {
  download(turn: number): Promise<void>;
  upload(): Promise<void>;
  /** What `download` has to decrypt. */
  raw(turn: number): Promise<void>;
  /** The same, and what was decrypted read from a stream of bytes: nobody who gives one can be faster. */
  streamed(turn: number): Promise<void>;
}

async function opened(round: Round): Promise<Works> {
  const { suite, wasm, megabytes, turns, recordSize, chunk, certificate, pkcs8 } = round;
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
    provider: wasm ? await withWasmChaCha20(provider) : provider,
    cipherSuites: [suite],
    keyLog: (line) => {
      if (line.startsWith("SERVER_TRAFFIC_SECRET_0 ")) secret = line.split(" ")[2] as string;
    },
  });
  await connection.opened;
  if ((await lab.outcome) !== "opened") throw new Error("the server did not open", { cause: lab.failure });
  feed.swallows = true;
  const chosen = cipherSuite(suite);
  const keys = trafficKeys({
    suite: chosen,
    hash: provider.hashes[chosen.hash],
    secret: fromHex(secret),
  });
  const imported = await importKey(suite, keys);
  const records = (megabytes * 2 ** 20) / recordSize;
  const sealed = await seal(imported, keys, turns * records, recordSize);
  const turnSize = records * sealedSizeOf(recordSize);
  const reader = connection.readable.getReader();
  const writer = connection.writable.getWriter();
  const stream = byteReadable({ pull: () => {}, cancel: () => {} });
  const streamReader = stream.readable.getReader();
  const readTurn = async (from: ReadableStreamDefaultReader<Uint8Array>) => {
    for (let left = records * recordSize; left > 0; ) {
      const { value, done } = await from.read();
      if (done) throw new Error(`the connection ended ${left} bytes too early`);
      left -= value.length;
    }
  };
  const decrypt = (turn: number, take?: (plaintext: Bytes) => void) =>
    decryptAll(imported, keys, sealed, turn * records, records, recordSize, take);

  return {
    async download(turn) {
      const put = feed.put(sealed.subarray(turn * turnSize, (turn + 1) * turnSize), chunk);
      await readTurn(reader);
      await put;
    },
    async upload() {
      for (let left = megabytes * 2 ** 20; left > 0; left -= piece.length) await writer.write(piece);
    },
    raw: (turn) => decrypt(turn),
    async streamed(turn) {
      const reading = readTurn(streamReader);
      await decrypt(turn, (plaintext) => stream.push(plaintext));
      await reading;
    },
  };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Two ways in turn, and each as often first as second: a load of the machine that comes and goes meets both alike. */
async function alternating<A extends string, B extends string>(
  turns: number,
  [a, first]: readonly [A, (turn: number) => Promise<void>],
  [b, second]: readonly [B, (turn: number) => Promise<void>],
): Promise<readonly Record<A | B, number>[]> {
  const times: Record<A | B, number>[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const one = {} as Record<A | B, number>;
    if (turn % 2 === 0) one[a] = await timed(() => first(turn));
    one[b] = await timed(() => second(turn));
    if (turn % 2 === 1) one[a] = await timed(() => first(turn));
    times.push(one);
  }
  return times;
}

/** tls13, or what stands in its place, beside crypto.subtle.decrypt. */
export async function measure(work: "download" | "streamed", round: Round): Promise<readonly Times[]> {
  const works = await opened(round);
  return alternating(round.turns, ["raw", works.raw], ["tls13", works[work]]);
}

/** tls13 with AES-128-GCM by WebCrypto, and with ChaCha20-Poly1305 of tls13/wasm. */
export async function compare(
  work: "download" | "upload",
  round: Omit<Round, "suite" | "wasm">,
): Promise<readonly { readonly webCrypto: number; readonly wasm: number }[]> {
  const webCrypto = await opened({ ...round, suite: "TLS_AES_128_GCM_SHA256", wasm: false });
  const wasm = await opened({ ...round, suite: "TLS_CHACHA20_POLY1305_SHA256", wasm: true });
  return alternating(round.turns, ["webCrypto", webCrypto[work]], ["wasm", wasm[work]]);
}

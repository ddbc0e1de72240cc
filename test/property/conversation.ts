import { believer } from "../../lab/leafKey.ts";
import { MemoryTransport } from "../../lab/memoryTransport.ts";
import type { LabOptions } from "../../lab/options.ts";
import { type Packing, RecordWire } from "../../lab/recordWire.ts";
import type { Script } from "../../lab/script.ts";
import { LabServer } from "../../lab/server.ts";
import type { Transport, TransportReceiver } from "../../src/connection/transport.ts";
import type { CipherSuiteName } from "../../src/crypto/cipherSuites.ts";
import type { GroupName } from "../../src/crypto/groups.ts";
import { defaultProvider as nodeProvider } from "../../src/crypto/provider/node.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { ServerVerifier } from "../../src/trust/verifier.ts";
import { type Bytes, concat, copyOf, toHex } from "../../src/wire/bytes.ts";
import { connectOver, type Observer, type Told } from "../connection/observer.ts";
import { ScriptedTransport } from "../connection/scriptedTransport.ts";
import { harnessWith } from "../handshake/harness.ts";

/** A provider that always makes the same keys and the same random bytes, so that a recorded server goes on fitting. */
export function deterministic(provider: CryptoProvider): CryptoProvider {
  let counter = 0;
  return {
    ...provider,
    random: (length) => Uint8Array.from({ length }, () => counter++ % 251),
    keyExchanges: provider.keyExchanges.map((exchange) => ({
      ...exchange,
      generate: () => exchange.fromPrivateKey(privateKeys[exchange.name]),
    })),
  };
}

const privateKeys: Readonly<Record<GroupName, Bytes>> = {
  x25519: new Uint8Array(32).fill(0x41),
  secp256r1: new Uint8Array(32).fill(0x42),
  secp384r1: new Uint8Array(48).fill(0x43),
  secp521r1: new Uint8Array(66).fill(0x00).fill(0x44, 2),
  X25519MLKEM768: new Uint8Array(64 + 32).fill(0x45),
  SecP256r1MLKEM768: new Uint8Array(32 + 64).fill(0x46),
  SecP384r1MLKEM1024: new Uint8Array(48 + 64).fill(0x47),
};

export interface Wish {
  readonly suite?: CipherSuiteName;
  readonly groups?: readonly GroupName[];
  readonly server?: Partial<LabOptions>;
  readonly packing?: Packing;
  /** What the server does once the connection is open. */
  readonly steps?: Script;
}

const optionsOf = (wish: Wish) => ({
  cipherSuites: [wish.suite ?? "TLS_AES_128_GCM_SHA256"] as const,
  groups: wish.groups ?? (["x25519", "secp256r1"] as const),
  shuffleExtensions: false,
});

/** Every byte of a server, as it sent them to a client that is always the same. */
export async function recordServer(wish: Wish): Promise<Bytes> {
  const [ours, theirs] = MemoryTransport.pair();
  const heard: Bytes[] = [];
  const listening: Transport = Object.assign(Object.create(ours) as Transport, {
    start: (receiver: TransportReceiver) =>
      ours.start({
        ...receiver,
        received: (bytes) => {
          heard.push(copyOf(bytes));
          receiver.received(bytes);
        },
      }),
    write: ours.write.bind(ours),
    pause: ours.pause.bind(ours),
    resume: ours.resume.bind(ours),
    end: ours.end.bind(ours),
    close: ours.close.bind(ours),
    abort: ours.abort.bind(ours),
  });
  const credentials = await harnessWith(nodeProvider).credentials("P-256");
  const lab = new LabServer(new RecordWire(nodeProvider, theirs, wish.packing), {
    provider: nodeProvider,
    credentials,
    answerClose: false,
    ...wish.server,
  });
  const { connection, observer } = connectOver(listening, {
    provider: deterministic(nodeProvider),
    verifier: believer,
    options: optionsOf(wish),
  });
  await Promise.race([observer.opening, observer.closing]).catch(() => {});
  await lab.outcome;
  if (observer.error === undefined) await lab.perform(...(wish.steps ?? []));
  connection.end();
  await Promise.race([observer.ending, observer.closing]);
  if (lab.failure !== undefined && observer.error === undefined) throw lab.failure;
  return concat(...heard);
}

/** What a client makes of a server's bytes. */
export interface Result {
  readonly error: string | undefined;
  readonly content: string;
  readonly told: readonly string[];
}

export interface Listening {
  readonly provider: CryptoProvider;
  readonly wish: Wish;
  /** Which of the pieces are followed by a turn of the event loop, in which all that can go on goes on. */
  readonly pauses: ReadonlySet<number>;
  readonly verifier?: ServerVerifier;
  /** The stream ends only once the client was told this; without it, at once. */
  readonly endAfter?: Told;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets a client hear these pieces, and then the end of the stream. */
export async function listen(pieces: readonly Bytes[], listening: Listening): Promise<Result> {
  const { provider, wish, pauses, verifier = believer } = listening;
  const transport = new ScriptedTransport();
  const { connection, observer } = connectOver(transport, {
    provider: deterministic(provider),
    verifier,
    trace: undefined,
    options: optionsOf(wish),
  });
  observer.onTold = (told) => {
    if (told === "ended") connection.end();
  };
  await transport.until(() => transport.written.length > 0);
  for (const [i, piece] of pieces.entries()) {
    transport.deliver(piece);
    if (pauses.has(i)) await turn();
  }
  const { endAfter } = listening;
  if (endAfter !== undefined) await observer.until(() => observer.told.includes(endAfter));
  transport.deliverEnd();
  await observer.closing;
  return resultOf(observer);
}

function resultOf({ error, content, told }: Observer): Result {
  return {
    error: error === undefined ? undefined : `${error.code} ${error.alert?.direction} ${error.alert?.name}`,
    content: toHex(content),
    told: told.filter((one) => one !== "data"),
  };
}

import type { Chunking } from "../../lab/memoryTransport.ts";
import type { Packing } from "../../lab/recordWire.ts";
import type { ServerCredentials } from "../../lab/signer.ts";
import type { Connection } from "../../src/connection/connection.ts";
import type { checkOptions } from "../../src/connection/options.ts";
import type { CryptoProvider } from "../../src/crypto/provider.ts";
import type { clientHandshake } from "../../src/handshake/client/handshake.ts";

/** What is tested, handed in: the cases run wherever there is a runtime, with Vitest or without. */
export interface Library {
  readonly Connection: typeof Connection;
  readonly checkOptions: typeof checkOptions;
  readonly clientHandshake: typeof clientHandshake;
}

export type CredentialKind = "P-256" | "P-384" | "P-521" | "RSA" | "RSA-PSS" | "Ed25519";

/** What a place has to bring to run cases. */
export interface Harness {
  readonly library: Library;
  /** The client's primitives. */
  readonly provider: CryptoProvider;
  /** The lab's. */
  readonly labProvider: CryptoProvider;
  /** How the server's bytes arrive where a case does not say. Default: as they were written. */
  readonly chunking?: Chunking;
  /** How the lab packs its records where a case does not say. */
  readonly packing?: Packing;
  /** A certificate for server.example and its key; the same one whenever it is asked for. */
  readonly credentials: (kind: CredentialKind) => Promise<ServerCredentials>;
}

/** A test that names its rules (ids of test/rfc/requirements.json) or, where there is none, the code of the error. */
export interface Case {
  readonly name: string;
  readonly rules: readonly string[];
  readonly run: (harness: Harness) => Promise<void>;
}

export class CaseError extends Error {
  override readonly name = "CaseError";
}

export function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new CaseError(what);
}

/** By value: numbers, texts, bytes, lists and plain objects of them. */
export function expectEqual(got: unknown, expected: unknown, what: string): void {
  const [a, b] = [show(got), show(expected)];
  if (a !== b) throw new CaseError(`${what}: expected ${b}, got ${a}`);
}

function show(value: unknown): string {
  return (
    JSON.stringify(value, (_, one: unknown) => {
      if (one instanceof Uint8Array)
        return `bytes ${[...one].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
      if (one === undefined) return "undefined";
      return one;
    }) ?? "undefined"
  );
}

/** A test that hangs says where, soon. */
export async function within<T>(what: string, promise: Promise<T>, milliseconds = 4_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CaseError(`waited in vain until ${what}`)), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new CaseError("expected a rejection");
}

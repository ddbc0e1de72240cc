import { TlsError } from "../../src/index.ts";

/** The runner asks for what this client doesn't do: config.json has a reason for each such case. */
export class Unimplemented extends Error {
  override readonly name = "Unimplemented";
}

/** Something other than the runner's flags expect came of a connection. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
}

export function expect<T>(what: string, expected: T, got: T): void {
  if (!Object.is(expected, got)) throw new Mismatch(`${what}: expected ${expected}, got ${got}`);
}

/** The exit codes that the runner knows. */
export const exitCodes = { passed: 0, failed: 1, unimplemented: 89 } as const;

/** Prints why a connection failed: config.json maps BoringSSL's words to the codes in brackets. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Unimplemented) {
    console.error(`unimplemented: ${error.message}`);
    return exitCodes.unimplemented;
  }
  if (error instanceof TlsError) {
    const received = error.alert?.direction === "received" ? `:${error.alert.name}` : "";
    console.error(`[${error.code}${received}] ${error.message}`);
  } else console.error(error instanceof Mismatch ? `[mismatch] ${error.message}` : error);
  return exitCodes.failed;
}

import { expect } from "vitest";
import { TlsError, type TlsErrorCode } from "../../src/wire/error.ts";

/** What a codec throws; anything else, or nothing, fails the test. */
export function refusalOf(work: () => unknown): TlsErrorCode {
  try {
    work();
  } catch (error) {
    if (error instanceof TlsError) return error.code;
    throw error;
  }
  return expect.fail("nothing was refused");
}

/** The code, or what came out. */
export function outcomeOf<T>(work: () => T): { readonly value: T } | { readonly code: TlsErrorCode } {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof TlsError) return { code: error.code };
    throw error;
  }
}

import { localError } from "../../wire/error.ts";

/** How far clocks may be apart, in seconds, unless a caller says otherwise. */
export const usualSkew = 300;

/** @throws TlsError `invalid_option` */
export function secondsOption(name: string, value: number | undefined, usual: number): number {
  if (value === undefined) return usual;
  if (Number.isFinite(value) && value >= 0) return value;
  throw localError("invalid_option", `${name}: expected seconds, 0 or more, got ${value}`);
}

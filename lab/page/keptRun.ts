import { fromHex, toHex } from "../../src/wire/bytes.ts";
import type { Run } from "./run.ts";

/** A run as text, to be shown where nothing that could run it is loaded yet. */
export function keepRun(run: Run): string {
  return JSON.stringify(run, (_, value: unknown) =>
    value instanceof Uint8Array ? { hex: toHex(value) } : value,
  );
}

/** What `keepRun` has written, again a run. */
export function readKeptRun(text: string): Run {
  return JSON.parse(text, (_, value: { readonly hex?: unknown } | null): unknown =>
    typeof value?.hex === "string" ? fromHex(value.hex) : value,
  );
}

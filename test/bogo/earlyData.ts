import type { TraceEvent } from "../../src/index.ts";
import type { Settings } from "./settings.ts";

/** What the shim says before the server has answered, and the step of the connection that it may have to wait for. */
export interface EarlyWrites {
  readonly source: Uint8Array | AsyncIterable<Uint8Array>;
  readonly trace: ((event: TraceEvent) => void) | undefined;
}

export function earlyWritesOf(settings: Settings): EarlyWrites {
  const { earlyWriteAfterMessage } = settings;
  const writes = initialWrites(settings);
  if (earlyWriteAfterMessage === 0) return { source: each(writes), trace: undefined };
  let hasCome = (): void => {};
  const coming = new Promise<void>((resolve) => {
    hasCome = resolve;
  });
  return {
    source: each(writes, coming),
    trace: (event) => {
      if (event.kind === "message" && event.direction === "in" && event.bytes[0] === earlyWriteAfterMessage) {
        hasCome();
      }
    },
  };
}

/** One write each, so that each is a record. */
async function* each(writes: readonly Uint8Array[], after?: Promise<void>): AsyncIterable<Uint8Array> {
  await after;
  yield* writes;
}

/** What the shim says before it reads. */
export function initialWrites(settings: Settings): readonly Uint8Array[] {
  const { shimWritesFirst, readWithUnfinishedWrite, shimInitialWrite, repeatShimInitialWrite } = settings;
  if (!shimWritesFirst && !readWithUnfinishedWrite) return [];
  return Array.from({ length: repeatShimInitialWrite }, () => new TextEncoder().encode(shimInitialWrite));
}

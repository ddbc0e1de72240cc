import type { CryptoProvider } from "../crypto/provider.ts";
import { type Epoch, type EpochName, openEpoch } from "../record/epoch.ts";
import { localError } from "../wire/error.ts";
import type { Generation } from "./applicationSecret.ts";
import type { Direction } from "./trace.ts";
import type { Tracer } from "./tracer.ts";

interface Means {
  readonly provider: CryptoProvider;
  readonly tracer: Tracer | undefined;
  failed(error: unknown): void;
}

/** The keys of one direction, told to whoever watches. Where their import is asynchronous, its failure is the connection's. */
export function startEpoch(
  { provider, tracer, failed }: Means,
  direction: Direction,
  name: EpochName,
  { secret, generation }: Generation,
): Epoch {
  const epoch = openEpoch(provider, name, generation, secret);
  if (!epoch.sync) {
    epoch.key.catch((error) => failed(localError("internal_error", "a key could not be imported", error)));
  }
  tracer?.emit({ kind: "keys", direction, epoch: name, generation });
  return epoch;
}

import { localError } from "./error.ts";

/**
 * A part of this library that most programs never need, loaded when it is first asked for and kept. Where it can't be loaded
 * (a page that is offline by then), who asks is told, and the next one tries again.
 *
 * @param load written as `() => import("./part.ts")`, so that bundlers see it
 */
export function onDemand<Part>(load: () => Promise<Part>): () => Promise<Part> {
  let loaded: Promise<Part> | undefined;
  return () => {
    loaded ??= load().catch((cause: unknown) => {
      loaded = undefined;
      throw localError("internal_error", "a part of this library could not be loaded", cause);
    });
    return loaded;
  };
}

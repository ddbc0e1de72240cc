// What pg takes for granted, where the runtime has none of it.

import { Buffer } from "buffer/";

const scope = globalThis as Record<string, unknown>;

scope["Buffer"] ??= Buffer;
scope["global"] ??= globalThis;
scope["process"] ??= {
  env: {},
  platform: "browser",
  nextTick: (work: (...given: unknown[]) => void, ...given: unknown[]) =>
    queueMicrotask(() => work(...given)),
};

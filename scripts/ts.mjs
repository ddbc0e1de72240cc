// @ts-check
// node --import ./scripts/ts.mjs FILE.ts: runs the sources as they stand, on a Node that cannot strip types itself.
// Types are dropped file by file (nothing is checked), and "#provider" is the one in src/, so that no build is needed.

import { register } from "node:module";

register(new URL("./ts-hooks.mjs", import.meta.url));

// @ts-check
// Empties dist/, so that a file that was renamed leaves nothing behind in the package.

import { rm } from "node:fs/promises";

await rm(new URL("../dist", import.meta.url), { recursive: true, force: true });

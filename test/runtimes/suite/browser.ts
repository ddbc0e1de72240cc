// The entry for a page, which the driver serves.

import { run } from "./run.ts";

const { location } = globalThis as unknown as { readonly location: { readonly origin: string } };
void run(location.origin, {});

// The entry for workerd, whose `workerd test` calls it.

import { run } from "./run.ts";

const worker = {
  test: (_: unknown, { STATION: station }: { readonly STATION: string }) => run(station, {}),
};

export { worker as default };

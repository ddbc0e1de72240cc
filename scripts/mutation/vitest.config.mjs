// @ts-check
// Vitest for scripts/mutation.mjs: of the tests, those that reach the handshake and the records and need nothing but this
// process. One thread for all files: what a mutant that dies at once costs is mostly the loading of modules.

import base from "../../vitest.config.ts";

export default {
  ...base,
  test: {
    ...base.test,
    include: ["test/{handshake,record,connection,replay}/**/*.test.ts"],
    // The second puts another module in the place of one that these have loaded already.
    exclude: ["test/handshake/labOpenssl.test.ts", "test/handshake/partMissing.test.ts"],
    isolate: false,
    setupFiles: ["scripts/mutation/setup.mjs"],
    // After Stryker's own.
    sequence: { hooks: "list" },
    testTimeout: 8_000,
    hookTimeout: 8_000,
    reporters: [],
  },
};

// @ts-check
// For esbuild: what pg requires of Node, in a page.

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
/** @param {string} name */
const own = (name) => fileURLToPath(new URL(`../lab/page/live/builtins/${name}.ts`, import.meta.url));

/** @type {Readonly<Record<string, string>>} */
const builtins = {
  // With a slash Node's resolver finds the package, and not its own module.
  events: require.resolve("events/"),
  util: own("util"),
  "util/types": own("util"),
  crypto: own("crypto"),
  net: own("net"),
  tls: own("tls"),
  dns: own("nothing"),
  fs: own("nothing"),
  pgpass: own("nothing"),
  "pg-native": own("nothing"),
};

/** @type {import("esbuild").Plugin} */
export const pageBuiltins = {
  name: "what pg takes of Node",
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${Object.keys(builtins).join("|")})$`) }, ({ path }) => ({
      path: builtins[path] ?? path,
    }));
  },
};

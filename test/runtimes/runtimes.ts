// The runtimes: where each is, which conditions its modules are resolved by, and how it is made to run the suite.

import {
  type Command,
  type Folder,
  find,
  findInFolder,
  findInstalled,
  versionOf,
} from "../interop/peers/process.ts";
import type { Entry } from "./bundle.ts";

export interface Runtime {
  /** As --only takes it. */
  readonly id: string;
  readonly name: string;
  /** Undefined where it isn't on this machine. */
  readonly command: Command | undefined;
  readonly version: string | undefined;
  /** What its own resolution, or that of its bundlers, goes by in "imports" of package.json. */
  readonly conditions: readonly string[];
  readonly entry: Entry;
  /** Whether the other provider runs there as well, and so is in the table too. */
  readonly hasBoth: boolean;
  /** Arguments that make it run the suite. @param script the bundle @param station where it reports */
  readonly args: (folder: Folder, script: string, station: string) => readonly string[];
}

function node(major: number, command: Command | undefined): Runtime {
  return {
    id: `node${major}`,
    name: `Node ${major}`,
    command,
    version: versionOf(command, ["--version"], /^v(\S+)/),
    conditions: ["node"],
    entry: "process",
    hasBoth: true,
    args: (folder, script, station) => [folder.file("suite.mjs", script), station],
  };
}

const deno = findInstalled("@deno/linux-x64-glibc/deno") ?? find("deno");
const bun = findInstalled("@oven/bun-linux-x64/bin/bun") ?? find("bun");
const workerd = findInstalled("@cloudflare/workerd-linux-64/bin/workerd") ?? find("workerd");
const fromEnvironment = (name: string): Command | undefined => {
  const path = process.env[name];
  return path === undefined ? undefined : findInFolder("", path);
};
const chromium = fromEnvironment("CHROMIUM") ?? find("chromium", "chromium-browser", "google-chrome");
const firefox = fromEnvironment("FIREFOX") ?? find("firefox-esr", "firefox");

/** Its worker may speak to addresses of this machine, as a test's driver has one. */
const workerdConfig = (station: string): string => `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "suite", worker = .suite),
    (name = "internet", network = (allow = ["local", "private", "public"])),
  ],
);

const suite :Workerd.Worker = (
  modules = [(name = "suite", esModule = embed "suite.mjs")],
  bindings = [(name = "STATION", text = "${station}")],
  compatibilityDate = "2026-01-01",
);
`;

export const runtimes: readonly Runtime[] = [
  node(20, process.version.startsWith("v20.") ? [process.execPath] : undefined),
  ...[22, 24, 26].map((major) => node(major, findInstalled(`node${major}/bin/node`))),
  {
    id: "deno",
    name: "Deno",
    command: deno,
    version: versionOf(deno, ["--version"], /^deno (\S+)/),
    conditions: ["deno", "node"],
    entry: "process",
    hasBoth: true,
    args: (folder, script, station) => [
      "run",
      "--no-config",
      "--allow-net=127.0.0.1",
      folder.file("suite.mjs", script),
      station,
    ],
  },
  {
    id: "bun",
    name: "Bun",
    command: bun,
    version: versionOf(bun, ["--version"], /^(\S+)/),
    conditions: ["bun", "node"],
    entry: "process",
    hasBoth: true,
    args: (folder, script, station) => ["run", folder.file("suite.mjs", script), station],
  },
  {
    id: "workerd",
    name: "workerd",
    command: workerd,
    version: versionOf(workerd, ["--version"], /workerd (\S+)/),
    conditions: ["workerd", "worker", "browser"],
    entry: "worker",
    hasBoth: false,
    args: (folder, script, station) => {
      folder.file("suite.mjs", script);
      return ["test", folder.file("config.capnp", workerdConfig(station)), "--no-verbose"];
    },
  },
  {
    id: "chromium",
    name: "Chromium",
    command: chromium,
    version: versionOf(chromium, ["--version"], /([\d.]{5,})/),
    conditions: ["browser"],
    entry: "browser",
    hasBoth: false,
    args: (folder, _, station) => [
      ...["--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage"],
      // Its sandbox needs a user that is not root.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      `--user-data-dir=${folder.path}`,
      `${station}/`,
    ],
  },
  {
    id: "firefox",
    name: "Firefox",
    command: firefox,
    version: versionOf(firefox, ["--version"], /Firefox (\S+)/),
    conditions: ["browser"],
    entry: "browser",
    hasBoth: false,
    args: (folder, _, station) => ["--headless", "--no-remote", "--profile", folder.path, `${station}/`],
  },
];

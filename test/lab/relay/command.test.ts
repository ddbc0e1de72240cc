import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { parseRelayCommand } from "../../../lab/relay/arguments.ts";
import { help } from "../../../lab/relay/help.ts";
import { tcpServer } from "../../interop/nodeServer.ts";
import { origin } from "./pages.ts";

const wanted = ["--target", "db.example:5432", "--origin", origin];

test("what is asked for", () => {
  const more = ["--private-target", "db.internal:5432", "--listen", "[::1]:0", "--idle-timeout", "500"];
  expect(parseRelayCommand([...wanted, "--target", "[::1]:443", ...more])).toEqual({
    kind: "relay",
    options: {
      targets: ["db.example:5432", "[::1]:443"],
      privateTargets: ["db.internal:5432"],
      origins: [origin],
      limits: { idleTimeout: 500 },
      host: "::1",
      port: 0,
    },
  });
  expect(parseRelayCommand(["--help"])).toEqual({ kind: "help" });
});

test.each([
  [[], "no target given, so it would lead nowhere: --target HOST:PORT"],
  [["--target", "a:1"], "no origin given, so it would serve no page: --origin https://lab.example"],
  [["--target", "a"], 'target "a": expected HOST:PORT'],
  [[...wanted, "--origin", "*"], 'origin "*": expected one as browsers send it'],
  [[...wanted, "--listen", "8081"], "--listen: expected ADDRESS:PORT"],
  [[...wanted, "--listen", "x:99999"], "--listen: expected ADDRESS:PORT"],
  [[...wanted, "--connections", "many"], "--connections: expected a whole number such as 64"],
  [[...wanted, "--bytes", "0"], "--bytes: expected a whole number"],
  [[...wanted, "--targets", "a:1"], "unknown option --targets; --help lists them"],
  [[...wanted, "a:1"], '"a:1": expected options only; a target is --target HOST:PORT'],
  [["--target"], "--target needs a value"],
])("%j is told off in one line", (argv, message) => {
  expect(() => parseRelayCommand(argv)).toThrow(message);
});

test("the options that the help names are there, and its lines fit", () => {
  const named = [...help.matchAll(/^ {2}(--[a-z-]+) [A-Z:]+ /gm)].map(([, option]) => option as string);
  expect(named.length).toBe(10);
  for (const option of named) {
    expect(() => parseRelayCommand([option, "?"]), option).toThrow(/^(?!unknown option)/);
  }
  for (const line of help.split("\n")) expect(line.length).toBeLessThanOrEqual(105);
});

test("the command says where it listens, writes a line for each connection, and ends with Ctrl-C", async () => {
  const server = await tcpServer((socket) => socket.end("hello"));
  const loader = new URL("../../../scripts/ts.mjs", import.meta.url).href;
  const main = fileURLToPath(new URL("../../../lab/relay/main.ts", import.meta.url));
  const asked = ["--target", `127.0.0.1:${server.port}`, "--origin", origin, "--listen", "127.0.0.1:0"];
  const child = spawn(process.execPath, ["--import", loader, main, ...asked], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = once(child, "exit");
  const lines = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  const [address] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const page = new WebSocket(`${address}/127.0.0.1:${server.port}`, { origin });
  await once(page, "close");
  expect((await lines.next()).value).toBe(
    `127.0.0.1 127.0.0.1:${server.port} 0 bytes up, 5 down: 1000 "the target has ended the connection"`,
  );
  const other = new WebSocket(`${address}/127.0.0.1:1`, { origin });
  await once(other, "close");
  expect((await lines.next()).value).toBe(
    "127.0.0.1 turned away: 1008 the relay does not lead to this target",
  );
  const stranger = new WebSocket(`${address}/127.0.0.1:${server.port}`);
  stranger.on("error", () => {});
  await new Promise((resolve) => stranger.once("close", resolve));
  expect((await lines.next()).value).toBe(
    "127.0.0.1 refused: 403 the relay does not serve pages of this origin",
  );
  child.kill("SIGINT");
  expect(await exit).toEqual([0, null]);
  server.close();
});

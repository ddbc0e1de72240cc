import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** workerd with a configuration, and what it takes from the environment; answers where it listens. */
export async function startWorkerd(program, config, environment) {
  const child = spawn(program, ["serve", config, "--control-fd=3"], {
    env: environment,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  const ended = new Promise((resolve) => {
    child.once("error", resolve);
    child.once("exit", resolve);
  });
  const stop = async () => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    child.kill();
    await exit;
  };
  for await (const line of createInterface({ input: child.stdio[3] })) {
    const { event, port } = JSON.parse(line);
    if (event === "listen") return { port, stop };
  }
  throw new Error(`workerd did not start: ${await ended}`);
}

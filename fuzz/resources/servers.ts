import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A server in a process of its own. */
export interface Server {
  readonly port: number;
  /** PEM. */
  readonly root: string;
  /** Tells a hostile one to begin. */
  begin(): void;
  close(): void;
}

export async function startServer(kind: "honest" | "hostile"): Promise<Server> {
  const child = fork(fileURLToPath(new URL(`./${kind}Server.ts`, import.meta.url)), {
    execArgv: process.execArgv,
  });
  const said = await new Promise<Pick<Server, "port" | "root">>((resolve, reject) => {
    child.once("message", (message) => resolve(message as Pick<Server, "port" | "root">));
    child.once("exit", (code) => reject(new Error(`the ${kind} server ended with ${code}`)));
  });
  return { ...said, begin: () => void child.send("begin"), close: () => child.disconnect() };
}

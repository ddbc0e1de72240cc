// What serves in a process of its own: no such process outlives the one that started it.

import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export function killedAtExit(child: ChildProcess): void {
  running.add(child);
  child.once("exit", () => running.delete(child));
}

const listening = "0A";

/** The first TCP port that a process listens on; undefined where there is none yet. Linux tells it in /proc. */
export function listeningPort(pid: number): number | undefined {
  const inodes = new Set<string | undefined>();
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    inodes.add(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1]);
  }
  for (const table of ["tcp", "tcp6"]) {
    for (const line of readFileSync(`/proc/${pid}/net/${table}`, "latin1").split("\n").slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === listening && inodes.has(inode)) return Number.parseInt(local?.split(":")[1] ?? "", 16);
    }
  }
  return undefined;
}

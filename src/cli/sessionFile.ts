import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import type { SessionStore } from "../session/sharedSessionCache.ts";
import { decodeBase64, encodeBase64 } from "../wire/base64.ts";
import { orUsage } from "./files.ts";

/** One session of the file, newest first. */
interface Kept {
  readonly partition: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Base64 of the byte form of docs/sessions.md. */
  readonly session: string;
}

/**
 * The file of --session, readable for nobody else. Whoever wants to take or add something moves it away first, so that two
 * programs never take the same session; one of them may find none meanwhile, and makes a full handshake.
 *
 * @param failed gets told why the file could not be written later on
 * @throws UsageError if the file holds something else, or can't be written
 */
export function sessionFile(file: string, failed: (why: string) => void): SessionStore {
  orUsage(`--session: can't read ${file}`, () => keptIn(file));
  orUsage(`--session: can't write ${file}`, () => write(file, takeAll(file)));

  function change<T>(work: (all: readonly Kept[]) => readonly [readonly Kept[], T]): T {
    try {
      const [left, answer] = work(takeAll(file));
      write(file, left);
      return answer;
    } catch (error) {
      failed(`--session: can't write ${file}: ${(error as Error).message}`);
      throw error;
    }
  }

  return {
    async push(partition, value, keep, milliseconds) {
      const now = Date.now();
      const one: Kept = { partition, until: now + milliseconds, session: encodeBase64(value) };
      change((all) => {
        const fresh = [one, ...all.filter(({ until }) => until > now)];
        const mine = fresh.filter((other) => other.partition === partition);
        const dropped = new Set(mine.slice(keep));
        return [fresh.filter((other) => !dropped.has(other)), undefined];
      });
    },

    async pop(partition) {
      return change((all) => {
        const first = all.find((one) => one.partition === partition);
        return [all.filter((one) => one !== first), first && decodeBase64(first.session)];
      });
    },
  };
}

/** Beside the file, so that moving there and back is one step. */
function ownName(file: string): string {
  return `${file}.${randomUUID()}`;
}

function takeAll(file: string): readonly Kept[] {
  const mine = ownName(file);
  try {
    renameSync(file, mine);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  try {
    return keptIn(mine);
  } finally {
    unlinkSync(mine);
  }
}

function write(file: string, all: readonly Kept[]): void {
  const mine = ownName(file);
  writeFileSync(mine, `${JSON.stringify(all)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(mine, file);
}

function keptIn(file: string): readonly Kept[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  // What `mktemp` makes.
  if (text === "") return [];
  try {
    const all: unknown = JSON.parse(text);
    if (Array.isArray(all) && all.every(isKept)) return all;
  } catch {}
  throw new Error("it holds something else than sessions");
}

function isKept(one: unknown): one is Kept {
  if (typeof one !== "object" || one === null) return false;
  const { partition, until, session } = one as Partial<Record<keyof Kept, unknown>>;
  return typeof partition === "string" && typeof until === "number" && typeof session === "string";
}

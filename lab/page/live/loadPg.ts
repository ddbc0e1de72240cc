import type { Client } from "pg";

/** The program pg, loaded when somebody asks: what it takes of Node is there first (builtins/). */
export async function loadPg(): Promise<{ readonly Client: typeof Client }> {
  await import("./builtins/globals.ts");
  return import("pg");
}

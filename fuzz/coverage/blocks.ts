import { type Profiler, Session } from "node:inspector";

/** Which blocks of this project's sources ran: V8's precise coverage, asked for in the process itself. */
export class Blocks {
  readonly seen = new Set<string>();
  readonly #session = new Session();

  constructor() {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** The blocks that ran since the last time, and had never run before. */
  take(): readonly string[] {
    const fresh = this.#ran().filter((block) => !this.seen.has(block));
    for (const block of fresh) this.seen.add(block);
    return fresh;
  }

  /** Of these blocks, those that ran since the last time. */
  among(blocks: ReadonlySet<string>): readonly string[] {
    return this.#ran().filter((block) => blocks.has(block));
  }

  #ran(): readonly string[] {
    let result: Profiler.ScriptCoverage[] = [];
    // In one's own process the answer comes before post() returns.
    this.#session.post("Profiler.takePreciseCoverage", (_, answer) => {
      result = answer.result;
    });
    const blocks: string[] = [];
    for (const { url, functions } of result) {
      const at = url.indexOf("/src/");
      if (at < 0 || url.includes("node_modules")) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) blocks.push(`${url.slice(at)}:${startOffset}-${endOffset}`);
        }
      }
    }
    return blocks;
  }
}

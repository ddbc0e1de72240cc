/** What runtimes tell of a promise that rejects while nobody handles it, and of one that is handled after all. */
interface RejectionSource {
  readonly process?: {
    on?(event: "unhandledRejection", listener: (reason: unknown, promise: Promise<unknown>) => void): void;
    on?(event: "rejectionHandled", listener: (promise: Promise<unknown>) => void): void;
  };
  addEventListener?(
    type: "unhandledrejection" | "rejectionhandled",
    listener: (event: {
      readonly reason: unknown;
      readonly promise: Promise<unknown>;
      preventDefault(): void;
    }) => void,
  ): void;
}

/** Notes rejections that nobody handles: they are failures of the case that was running. */
export function watchRejections(): { taken(): Promise<string | undefined> } {
  const noted = new Map<Promise<unknown>, unknown>();
  const source = globalThis as unknown as RejectionSource;
  // Node has the first only, browsers and workerd the second; Deno and Bun have both, and either tells.
  if (source.process?.on !== undefined) {
    source.process.on("unhandledRejection", (reason, promise) => void noted.set(promise, reason));
    source.process.on("rejectionHandled", (promise) => void noted.delete(promise));
  } else {
    source.addEventListener?.("unhandledrejection", (event) => {
      event.preventDefault();
      noted.set(event.promise, event.reason);
    });
    source.addEventListener?.("rejectionhandled", ({ promise }) => void noted.delete(promise));
  }
  return {
    taken: async () => {
      if (noted.size === 0) return undefined;
      // workerd tells so soon that handlers added in the same turn come later.
      await new Promise((resolve) => setTimeout(resolve, 0));
      const [reason] = noted.values();
      if (noted.size === 0) return undefined;
      noted.clear();
      return `a rejection that nobody handles: ${reason instanceof Error ? reason.stack : String(reason)}`;
    },
  };
}

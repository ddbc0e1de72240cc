/** What runtimes call it when a promise rejects and nobody handles it. */
interface RejectionSource {
  readonly process?: { on?(event: "unhandledRejection", listener: (reason: unknown) => void): void };
  addEventListener?(
    type: "unhandledrejection",
    listener: (event: { readonly reason: unknown; preventDefault(): void }) => void,
  ): void;
}

/** Notes rejections that nobody handles, which are failures of the case that was running. */
export function watchRejections(): { taken(): string | undefined } {
  const noted: string[] = [];
  const note = (reason: unknown): void => {
    noted.push(`a rejection that nobody handles: ${reason instanceof Error ? reason.stack : String(reason)}`);
  };
  const source = globalThis as unknown as RejectionSource;
  // Node has the first only, Deno and browsers the second; Bun has both, and tells either.
  if (source.process?.on !== undefined) source.process.on("unhandledRejection", note);
  else {
    source.addEventListener?.("unhandledrejection", (event) => {
      event.preventDefault();
      note(event.reason);
    });
  }
  return { taken: () => noted.splice(0)[0] };
}

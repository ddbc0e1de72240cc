import { type TlsConnection, TlsError } from "../../src/index.ts";
import type { Settings } from "./settings.ts";

/** What is said once the connection stands; `firstWrites` before anything is read. */
export async function converse(
  tls: TlsConnection,
  settings: Settings,
  firstWrites: readonly Uint8Array[],
): Promise<void> {
  const writer = tls.writable.getWriter();
  const reader = tls.readable.getReader();
  // What a write fails with is what reading fails with.
  writer.closed.catch(() => {});
  const write = (bytes: Uint8Array): void => void writer.write(bytes).catch(() => {});
  for (const bytes of firstWrites) write(bytes);
  try {
    if (settings.shimShutsDown) {
      void writer.close().catch(() => {});
      if (settings.checkCloseNotify) while (!(await reader.read()).done);
    } else await echo(tls, settings, reader, write);
  } catch (error) {
    // BoringSSL's shim takes an end without close_notify for an end, unless it is told to look.
    if (!(error instanceof TlsError && error.code === "truncated") || settings.checkCloseNotify) throw error;
    return;
  }
  if (!settings.shimShutsDown) await writer.close().catch(() => {});
  if (settings.checkCloseNotify) await tls.closed;
  else tls.close();
}

/** Answers with all that comes, each of its bits turned, until the end. */
async function echo(
  tls: TlsConnection,
  settings: Settings,
  reader: ReadableStreamDefaultReader<Uint8Array>,
  write: (bytes: Uint8Array) => void,
): Promise<void> {
  for (;;) {
    if (settings.keyUpdateBeforeRead) tls.updateKeys();
    const { done, value } = await reader.read();
    if (done) return;
    if (settings.useExporterBetweenReads) tls.exportKeyingMaterial("some label", undefined, 32);
    if (settings.keyUpdate) tls.updateKeys();
    write(value.map((byte) => byte ^ 0xff));
  }
}

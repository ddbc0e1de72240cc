import { toHex, toLatin1 } from "../../../src/wire/bytes.ts";
import type { Run } from "../run.ts";
import { type Capture, openCapture } from "./captureToRun.ts";
import { parseKeyLog } from "./keyLogText.ts";
import { traceToRuns } from "./traceToRuns.ts";

/** What somebody opened, by what is in it and not by its name. */
export type OpenedFile =
  | { readonly kind: "capture"; readonly name: string; readonly capture: Capture }
  | { readonly kind: "trace"; readonly name: string; readonly runs: readonly Run[] }
  | { readonly kind: "key log"; readonly name: string; readonly text: string; readonly connections: number };

/** @throws CaptureError */
export function openFile(name: string, bytes: Uint8Array): OpenedFile {
  const first = bytes.find((byte) => byte > 0x20);
  if (first === openingBrace) {
    return { kind: "trace", name, runs: traceToRuns(new TextDecoder().decode(bytes)) };
  }
  if (isKeyLog(bytes)) {
    const text = toLatin1(bytes);
    return { kind: "key log", name, text, connections: parseKeyLog(text).size };
  }
  return { kind: "capture", name, capture: openCapture(bytes) };
}

const openingBrace = 0x7b;

/** A comment, or a label in capitals. No capture begins so. */
function isKeyLog(bytes: Uint8Array): boolean {
  const start = toHex(bytes.subarray(0, 4));
  return start.startsWith("23") || /^(4[1-9a-f]|5[0-9af]|3[0-9]){4}$/.test(start);
}

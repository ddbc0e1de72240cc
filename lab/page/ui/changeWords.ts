import { toHex } from "../../../src/wire/bytes.ts";
import type { Change, MessageAt } from "../run.ts";

export function changeInWords(change: Change): string {
  switch (change.kind) {
    case "bytes":
      return `${nameOf(change.message)}: ${shortened(toHex(change.bytes))} from byte ${change.offset} on`;
    case "flip":
      return `${nameOf(change.message)}: bits ${shortened(toHex(change.bytes))} turned over from byte ${change.offset} on`;
    case "drop":
      return `${nameOf(change.message)} dropped`;
    case "double":
      return `${nameOf(change.message)} sent twice`;
    case "swap":
      return `${nameOf(change.message)} and ${nameOf(change.with)} swapped`;
    case "truncate":
      return `${nameOf(change.message)} cut after byte ${change.length}`;
    case "insert":
      return `${change.what} in the midst of ${nameOf(change.message)}`;
    case "append":
      return `${change.bytes.length} bytes behind ${nameOf(change.message)} in its record`;
    case "certificates":
      return `other certificates: ${change.chain}`;
    case "record":
      return `the server's record ${change.record + 1}: ${shortened(toHex(change.bytes))} from byte ${change.offset} on`;
    case "cut":
      return `the line is cut after ${change.records} of the server's records`;
    case "ticket":
      return "the ticket was used before";
  }
}

function nameOf({ name, nth }: MessageAt): string {
  return nth === 0 ? name : `${name} ${nth + 1}`;
}

function shortened(hex: string): string {
  return hex.length > 24 ? `${hex.slice(0, 20)}…` : hex;
}

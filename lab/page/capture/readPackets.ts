import { toHex } from "../../../src/wire/bytes.ts";
import { CaptureError } from "./captureError.ts";
import type { CapturedFile } from "./packets.ts";
import { readPcapng } from "./pcapngReader.ts";
import { isPcap, readPcap } from "./pcapReader.ts";

/** Bytes: more than a page should hold, and far more than a handshake needs. */
export const maxCaptureLength = 64 * 1024 * 1024;

/** A pcapng or pcap file. @throws CaptureError `not_a_capture`, `capture_too_large`, `capture_malformed` */
export function readPackets(bytes: Uint8Array): CapturedFile {
  if (bytes.length > maxCaptureLength) {
    throw new CaptureError("capture_too_large", `${bytes.length} bytes, at most ${maxCaptureLength}.`);
  }
  const magic = toHex(bytes.subarray(0, 4));
  if (magic === "0a0d0d0a") return readPcapng(bytes);
  if (isPcap(magic)) return readPcap(bytes, magic);
  throw new CaptureError("not_a_capture", `They begin with ${magic === "" ? "nothing" : magic}.`);
}

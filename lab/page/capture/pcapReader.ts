import { byteView } from "./byteView.ts";
import { CaptureError } from "./captureError.ts";
import type { CapturedFile, CapturedPacket } from "./packets.ts";

/** The first four bytes as they stand in the file: byte order, and units of time in a second. */
const magics: Readonly<Record<string, { readonly littleEndian: boolean; readonly units: number }>> = {
  a1b2c3d4: { littleEndian: false, units: 1e6 },
  d4c3b2a1: { littleEndian: true, units: 1e6 },
  a1b23c4d: { littleEndian: false, units: 1e9 },
  "4d3cb2a1": { littleEndian: true, units: 1e9 },
};

const fileHeaderLength = 24;
const packetHeaderLength = 16;

export function isPcap(magic: string): boolean {
  return Object.hasOwn(magics, magic);
}

/** The older format: a header, and packets until the end (draft-ietf-opsawg-pcap). @throws CaptureError `capture_malformed` */
export function readPcap(bytes: Uint8Array, magic: string): CapturedFile {
  const { littleEndian, units } = magics[magic] as (typeof magics)[string];
  if (bytes.length < fileHeaderLength)
    throw new CaptureError("capture_malformed", "The file ends within its header.");
  const view = byteView(bytes, littleEndian);
  // The upper bits say how long a frame check sequence is.
  const linkType = view.u32(20) & 0xffff;
  const packets: CapturedPacket[] = [];
  const notes: string[] = [];
  for (let at = fileHeaderLength; at < bytes.length; ) {
    const from = at + packetHeaderLength;
    const captured = from <= bytes.length ? view.u32(at + 8) : 0;
    if (from + captured > bytes.length) {
      notes.push("The file was cut short in the middle of a packet.");
      break;
    }
    const time = view.u32(at) * 1000 + view.u32(at + 4) / (units / 1000);
    const cut = view.u32(at + 12) > captured;
    packets.push({ time, linkType, bytes: bytes.subarray(from, from + captured), cut });
    at = from + captured;
  }
  return { packets, keyLogs: [], notes };
}

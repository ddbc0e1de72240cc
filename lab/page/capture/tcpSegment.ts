import { byteView } from "./byteView.ts";
import type { CapturedPacket } from "./packets.ts";

/** What a packet says of a TCP connection (RFC 9293 §3.1). */
export interface TcpSegment {
  /** Addresses and ports, for people: `192.0.2.1:443`, `[2001:db8::1]:443`. */
  readonly source: string;
  readonly destination: string;
  readonly sequence: number;
  readonly syn: boolean;
  /** Whether it answers something. */
  readonly acknowledges: boolean;
  readonly fin: boolean;
  readonly reset: boolean;
  readonly payload: Uint8Array;
}

/** Why a packet holds none. */
export type NoSegment = "link" | "fragment" | "other";

const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd } as const;
/** 802.1Q and its like: four bytes of a tag, and the type behind them. */
const tags: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
const tcp = 6;
/** IPv6 extension headers that have a length in their second byte: hop-by-hop, routing, destination options, mobility. */
const lengthyHeaders: ReadonlySet<number> = new Set([0, 43, 60, 135]);
const ipv6Fragment = 44;

/** By the registry of link types. */
const links: Readonly<Record<number, (bytes: Uint8Array) => Uint8Array | NoSegment>> = {
  // NULL and LOOP: a family of four bytes, in the order of whichever machine it was. The version of IP says the same.
  0: (bytes) => bytes.subarray(4),
  108: (bytes) => bytes.subarray(4),
  1: (bytes) => ethernet(bytes, 12),
  // Raw, as the registry has it, as BSDs wrote it, and with the version told.
  101: (bytes) => bytes,
  12: (bytes) => bytes,
  14: (bytes) => bytes,
  228: (bytes) => bytes,
  229: (bytes) => bytes,
  // Linux "cooked", and its second version, which has the type in front.
  113: (bytes) => ethernet(bytes, 14),
  276: (bytes) => (isIp(u16(bytes, 0)) ? bytes.subarray(20) : "other"),
};

/** Reads as far as TCP. Checksums are not looked at: machines that capture what they send themselves see none yet. */
export function tcpSegment({ linkType, bytes }: CapturedPacket): TcpSegment | NoSegment {
  const link = links[linkType];
  if (link === undefined) return "link";
  const packet = link(bytes);
  if (typeof packet === "string") return packet;
  const version = (packet[0] ?? 0) >> 4;
  return version === 4 ? ipv4(packet) : version === 6 ? ipv6(packet) : "other";
}

function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function isIp(etherType: number): boolean {
  return etherType === etherTypes.ipv4 || etherType === etherTypes.ipv6;
}

function ethernet(bytes: Uint8Array, typeAt: number): Uint8Array | NoSegment {
  let at = typeAt;
  while (tags.has(u16(bytes, at)) && at + 4 < bytes.length) at += 4;
  return isIp(u16(bytes, at)) ? bytes.subarray(at + 2) : "other";
}

function ipv4(packet: Uint8Array): TcpSegment | NoSegment {
  const headerLength = ((packet[0] as number) & 0x0f) * 4;
  if (headerLength < 20 || packet.length < headerLength || packet[9] !== tcp) return "other";
  // More fragments, or not the first one.
  if ((u16(packet, 6) & 0x3fff) !== 0) return "fragment";
  // What a network card has still to cut says 0.
  const total = u16(packet, 2) || packet.length;
  if (total < headerLength) return "other";
  const address = (at: number): string => [...packet.subarray(at, at + 4)].join(".");
  return segment(packet.subarray(headerLength, total), address(12), address(16));
}

function ipv6(packet: Uint8Array): TcpSegment | NoSegment {
  if (packet.length < 40) return "other";
  const length = u16(packet, 4);
  const end = length === 0 ? packet.length : 40 + length;
  let at = 40;
  let next = packet[6] as number;
  while (next !== tcp) {
    if (next === ipv6Fragment) return "fragment";
    if (!lengthyHeaders.has(next) || at + 8 > packet.length) return "other";
    next = packet[at] as number;
    at += 8 * ((packet[at + 1] as number) + 1);
  }
  return segment(packet.subarray(at, end), `[${ipv6Text(packet, 8)}]`, `[${ipv6Text(packet, 24)}]`);
}

/** RFC 5952: the longest run of zeros, of two at least, is left out. */
function ipv6Text(packet: Uint8Array, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => u16(packet, at + 2 * i).toString(16)).join(":");
  const runs = groups.match(/\b0(:0)+\b/g) ?? [];
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), "");
  return longest === ""
    ? groups
    : groups.replace(new RegExp(`\\b${longest}\\b`), "::").replace(/:{3,}/, "::");
}

function segment(bytes: Uint8Array, source: string, destination: string): TcpSegment | NoSegment {
  if (bytes.length < 20) return "other";
  const view = byteView(bytes, false);
  const headerLength = ((bytes[12] as number) >> 4) * 4;
  if (headerLength < 20 || headerLength > bytes.length) return "other";
  const flags = bytes[13] as number;
  return {
    source: `${source}:${view.u16(0)}`,
    destination: `${destination}:${view.u16(2)}`,
    sequence: view.u32(4),
    fin: (flags & 1) !== 0,
    syn: (flags & 2) !== 0,
    acknowledges: (flags & 16) !== 0,
    reset: (flags & 4) !== 0,
    payload: bytes.subarray(headerLength),
  };
}

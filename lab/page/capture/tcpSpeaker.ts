import { type Bytes, concat, noBytes } from "../../../src/wire/bytes.ts";
import type { Side } from "../run.ts";

/** An IPv4 packet, and when it passed. */
export interface SpokenPacket {
  /** Milliseconds since the connection began. */
  readonly time: number;
  readonly bytes: Bytes;
}

interface Host {
  /** RFC 5737 §3: addresses for documentation, so nobody is taken for a host that exists. */
  readonly address: readonly number[];
  readonly port: number;
  /** Of the next byte. */
  sequence: number;
  /** What it has told the other side that it has. */
  acknowledged: number;
  packets: number;
}

const flags = { fin: 1, syn: 2, push: 8, acknowledgement: 16 } as const;
const window = 65_535;
/** Bytes of a segment over Ethernet. */
const maxSegment = 1460;
/** An acknowledgement goes out before the window of the other side is full. */
const maxInFlight = 32_768;

/** The packets of a TCP connection over which something was said: whole, in order, acknowledged (RFC 9293). */
export class TcpSpeaker {
  readonly packets: SpokenPacket[] = [];
  readonly #hosts: Readonly<Record<Side, Host>> = {
    client: { address: [192, 0, 2, 1], port: 49_152, sequence: 1_000_000, acknowledged: 0, packets: 0 },
    server: { address: [192, 0, 2, 2], port: 443, sequence: 2_000_000, acknowledged: 0, packets: 0 },
  };

  /** The three packets of the handshake. */
  open(time: number): void {
    this.#send("client", time, flags.syn);
    this.#send("server", time, flags.syn | flags.acknowledgement);
    this.#send("client", time, flags.acknowledgement);
  }

  say(from: Side, time: number, bytes: Bytes): void {
    for (let start = 0; start < bytes.length; start += maxSegment) {
      const segment = bytes.subarray(start, start + maxSegment);
      this.#makeRoom(from, time, segment.length);
      const isLast = start + maxSegment >= bytes.length;
      this.#send(from, time, flags.acknowledgement | (isLast ? flags.push : 0), segment);
    }
  }

  /** Both sides end, this one first. */
  close(first: Side, time: number): void {
    const second = otherSide(first);
    this.#send(first, time, flags.fin | flags.acknowledgement);
    this.#send(second, time, flags.fin | flags.acknowledgement);
    this.#send(first, time, flags.acknowledgement);
  }

  #makeRoom(from: Side, time: number, length: number): void {
    const receiver = otherSide(from);
    const inFlight = (this.#hosts[from].sequence - this.#hosts[receiver].acknowledged) >>> 0;
    if (inFlight + length > maxInFlight) this.#send(receiver, time, flags.acknowledgement);
  }

  #send(from: Side, time: number, flagBits: number, payload: Bytes = noBytes): void {
    const host = this.#hosts[from];
    const peer = this.#hosts[otherSide(from)];
    const isSyn = (flagBits & flags.syn) !== 0;
    // RFC 9293 §3.7.1: the largest segment, on a SYN only.
    const options = isSyn ? new Uint8Array([2, 4, maxSegment >> 8, maxSegment & 0xff]) : noBytes;
    const tcp = new Uint8Array(20 + options.length);
    const view = new DataView(tcp.buffer);
    view.setUint16(0, host.port);
    view.setUint16(2, peer.port);
    view.setUint32(4, host.sequence);
    if ((flagBits & flags.acknowledgement) !== 0) {
      view.setUint32(8, peer.sequence);
      host.acknowledged = peer.sequence;
    }
    tcp[12] = (tcp.length / 4) << 4;
    tcp[13] = flagBits;
    view.setUint16(14, window);
    tcp.set(options, 20);
    const segment = concat(tcp, payload);
    const pseudoHeader = concat(
      new Uint8Array([...host.address, ...peer.address, 0, 6, segment.length >> 8, segment.length & 0xff]),
    );
    new DataView(segment.buffer).setUint16(16, checksum(concat(pseudoHeader, segment)));
    this.packets.push({ time, bytes: concat(this.#ipHeader(host, peer, segment.length), segment) });
    host.packets++;
    const ends = (flagBits & (flags.syn | flags.fin)) !== 0 ? 1 : 0;
    host.sequence = (host.sequence + payload.length + ends) >>> 0;
  }

  /** RFC 791 §3.1 */
  #ipHeader(host: Host, peer: Host, length: number): Bytes {
    const header = new Uint8Array(20);
    const view = new DataView(header.buffer);
    header[0] = 0x45;
    view.setUint16(2, 20 + length);
    view.setUint16(4, host.packets & 0xffff);
    // Don't fragment.
    view.setUint16(6, 0x4000);
    header[8] = 64;
    header[9] = 6;
    header.set(host.address, 12);
    header.set(peer.address, 16);
    view.setUint16(10, checksum(header));
    return header;
  }
}

function otherSide(side: Side): Side {
  return side === "client" ? "server" : "client";
}

/** RFC 1071: the ones' complement of the ones' complement sum of the 16-bit words. */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] as number) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

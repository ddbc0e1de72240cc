import { dissect } from "../../../src/messages/dissect.ts";
import { headerLength } from "../../../src/record/limits.ts";
import { concat, toHex } from "../../../src/wire/bytes.ts";
import { contentTypes } from "../../../src/wire/registry.ts";
import type { Side } from "../run.ts";
import { serverNameIn } from "./agreed.ts";
import { cutRecords } from "./cutRecords.ts";
import { MessageAssembler } from "./messageAssembler.ts";
import type { CapturedPacket } from "./packets.ts";
import { type TcpSegment, tcpSegment } from "./tcpSegment.ts";
import { TcpStream } from "./tcpStream.ts";
import type { Wire, WireChunk } from "./wire.ts";

/** A TCP connection that carries TLS. */
export interface Conversation {
  /** Address and port. */
  readonly client: string;
  readonly server: string;
  /** The name that the client asked for. */
  readonly serverName: string | undefined;
  /** The random of its ClientHello, in hexadecimal: what a key log knows it by. */
  readonly clientRandom: string;
  /** Milliseconds since 1970; undefined where the file does not say. */
  readonly time: number | undefined;
  /** Bytes of TLS, of both sides. */
  readonly length: number;
  readonly wire: Wire;
  /** What is missing of it: sentences for people. */
  readonly notes: readonly string[];
}

export interface Conversations {
  readonly conversations: readonly Conversation[];
  /** TCP connections in all. */
  readonly connections: number;
  readonly notes: readonly string[];
}

interface Chunk {
  readonly source: string;
  readonly time: number;
  readonly bytes: Uint8Array;
}

interface Connection {
  readonly ends: readonly [string, string];
  readonly started: number | undefined;
  readonly streams: Readonly<Record<string, TcpStream>>;
  readonly chunks: Chunk[];
  closed: number | undefined;
  reset: boolean;
  cut: boolean;
}

/** The TCP connections in which a ClientHello can be found, in the order in which they began. */
export function findConversations(packets: readonly CapturedPacket[]): Conversations {
  const open = new Map<string, Connection>();
  const all: Connection[] = [];
  const passedOver = { link: 0, fragment: 0, other: 0 };
  const linkTypes = new Set<number>();
  for (const packet of packets) {
    const segment = tcpSegment(packet);
    if (typeof segment === "string") {
      passedOver[segment]++;
      if (segment === "link") linkTypes.add(packet.linkType);
      continue;
    }
    const { source, destination } = segment;
    const key = source < destination ? `${source} ${destination}` : `${destination} ${source}`;
    let connection = open.get(key);
    if (connection === undefined || beginsAnew(connection, segment)) {
      connection = connectionOf(segment, packet.time);
      open.set(key, connection);
      all.push(connection);
    }
    take(connection, segment, packet);
  }
  const notes: string[] = [];
  if (passedOver.link > 0) {
    const types = [...linkTypes].join(", ");
    notes.push(`${passedOver.link} packets of link types that are not read (${types}) were passed over.`);
  }
  if (passedOver.fragment > 0) notes.push(`${passedOver.fragment} fragments of IP packets were passed over.`);
  return { conversations: all.flatMap(conversationIn), connections: all.length, notes };
}

function connectionOf({ source, destination }: TcpSegment, time: number | undefined): Connection {
  return {
    ends: [source, destination],
    started: time,
    streams: { [source]: new TcpStream(), [destination]: new TcpStream() },
    chunks: [],
    closed: undefined,
    reset: false,
    cut: false,
  };
}

/** A SYN for which the connection of these two ends is too old: the port is used again. */
function beginsAnew({ streams }: Connection, { source, syn, acknowledges, sequence }: TcpSegment): boolean {
  const stream = streams[source] as TcpStream;
  return syn && !acknowledges && (stream.initial ?? sequence) !== sequence;
}

function take(connection: Connection, segment: TcpSegment, packet: CapturedPacket): void {
  const { source, sequence, payload } = segment;
  const stream = connection.streams[source] as TcpStream;
  const time = (packet.time ?? 0) - (connection.started ?? 0);
  if (packet.cut) connection.cut = true;
  if (segment.syn) stream.begin(sequence);
  const first = segment.syn ? (sequence + 1) >>> 0 : sequence;
  for (const bytes of stream.add(first, payload)) connection.chunks.push({ source, time, bytes });
  if (segment.fin) stream.finish((first + payload.length) >>> 0);
  if (segment.reset) connection.reset = true;
  const isClosed = connection.reset || Object.values(connection.streams).every(({ ended }) => ended);
  if (isClosed) connection.closed ??= time;
}

function conversationIn(connection: Connection): readonly Conversation[] {
  for (const client of connection.ends) {
    const start = helloStart(connection.chunks, client);
    if (start !== undefined) return [conversation(connection, client, start)];
  }
  return [];
}

interface HelloStart {
  /** The chunk in which it begins. */
  readonly chunk: number;
  readonly offset: number;
}

/** Bytes of clear text that may stand before TLS: SMTP and its like speak before, PostgreSQL asks. */
const longestPreamble = 16 * 1024;
/** From a record's header to the version in the ClientHello. */
const helloPrefix = headerLength + 6;

function helloStart(chunks: readonly Chunk[], client: string): HelloStart | undefined {
  const starts: { index: number; at: number }[] = [];
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const [index, { source, bytes }] of chunks.entries()) {
    if (source !== client) continue;
    starts.push({ index, at: length });
    parts.push(bytes);
    length += bytes.length;
    if (length > longestPreamble + helloPrefix) break;
  }
  const stream = concat(...parts);
  for (let at = 0; at <= Math.min(longestPreamble, stream.length - helloPrefix); at++) {
    if (!isHello(stream, at)) continue;
    const { index, at: from } = starts.findLast((one) => one.at <= at) as (typeof starts)[number];
    return { chunk: index, offset: at - from };
  }
  return undefined;
}

function isHello(stream: Uint8Array, at: number): boolean {
  const [type, major, minor, , , message, high, , , legacyMajor] = stream.subarray(at, at + helloPrefix);
  const record = type === contentTypes.handshake && major === 3 && (minor as number) <= 3;
  return record && message === 1 && high === 0 && legacyMajor === 3;
}

function conversation(connection: Connection, client: string, start: HelloStart): Conversation {
  const [one, other] = connection.ends;
  const server = client === one ? other : one;
  // What a server said before the hello began it said in clear text.
  const chunks = connection.chunks.slice(start.chunk).map(({ source, time, bytes }, index): WireChunk => {
    const from = source === client ? "client" : "server";
    return { from, time, bytes: index === 0 ? bytes.subarray(start.offset) : bytes };
  });
  const fields = firstMessage(chunks);
  return {
    client,
    server,
    serverName: fields && serverNameIn(fields.dissected),
    // After the header and legacy_version (RFC 9846 §4.2.2).
    clientRandom: fields === undefined ? "" : toHex(fields.bytes.subarray(6, 38)),
    time: connection.started,
    length: chunks.reduce((sum, { bytes }) => sum + bytes.length, 0),
    wire: { chunks, closed: connection.closed },
    notes: notesOn(connection, client),
  };
}

function firstMessage(chunks: readonly WireChunk[]) {
  const assembler = new MessageAssembler();
  const ofClient = chunks.filter(({ from }) => from === "client");
  for (const [index, { wire }] of cutRecords(ofClient, []).entries()) {
    if (wire[0] !== contentTypes.handshake) break;
    assembler.push(index, wire.subarray(headerLength));
    const message = assembler.next();
    if (message === undefined) continue;
    return { bytes: message.bytes, dissected: dissect("ClientHello", message.bytes) };
  }
  return undefined;
}

function notesOn({ streams, reset, cut }: Connection, client: string): string[] {
  const notes: string[] = [];
  for (const [end, stream] of Object.entries(streams)) {
    const side: Side = end === client ? "client" : "server";
    if (!stream.begun) notes.push(`The beginning of the ${side}'s stream is not in the capture.`);
    if (stream.gap > 0) {
      notes.push(
        `${stream.gap} bytes of the ${side}'s stream are missing after ${stream.length}: what follows is not read.`,
      );
    }
    if (stream.repeated > 0)
      notes.push(`${stream.repeated} segments of the ${side} came again, and were passed over.`);
  }
  if (reset) notes.push("The connection was reset.");
  if (cut) notes.push("The capture kept only the beginning of some packets.");
  return notes;
}

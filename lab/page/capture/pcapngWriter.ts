import { type Bytes, concat, fromAscii } from "../../../src/wire/bytes.ts";

/** Block types and link types of draft-ietf-opsawg-pcapng, and of its registry. */
export const blockTypes = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  packet: 2,
  simplePacket: 3,
  enhancedPacket: 6,
  decryptionSecrets: 10,
} as const;
export const byteOrderMagic = 0x1a2b3c4d;
/** "TLSK": the secrets of the block are a key log of TLS. */
export const tlsKeyLogSecrets = 0x544c534b;
export const linkTypes = { raw: 101 } as const;

/** Option codes of a Section Header and of an Interface Description. */
const options = { userApplication: 4, timestampResolution: 9 } as const;

/** Blocks of a pcapng file with one interface, of bare IP packets; little-endian, times in nanoseconds. */
export function fileHeader(application: string): Bytes {
  return concat(
    block(
      blockTypes.sectionHeader,
      concat(
        u32(byteOrderMagic),
        u16(1, 0),
        // The length of the section is not said.
        u32(0xffffffff, 0xffffffff),
        option(options.userApplication, fromAscii(application)),
        endOfOptions,
      ),
    ),
    block(
      blockTypes.interfaceDescription,
      // Packets are never cut.
      concat(
        u16(linkTypes.raw, 0),
        u32(0),
        option(options.timestampResolution, new Uint8Array([9])),
        endOfOptions,
      ),
    ),
  );
}

/** Goes before the packets that it opens. */
export function secretsBlock(keyLog: string): Bytes {
  const text = fromAscii(keyLog);
  return block(blockTypes.decryptionSecrets, concat(u32(tlsKeyLogSecrets, text.length), padded(text)));
}

/** @param time milliseconds since 1970 */
export function packetBlock(time: number, packet: Bytes): Bytes {
  const nanoseconds = BigInt(Math.round(time * 1e6));
  const [high, low] = [Number(nanoseconds >> 32n), Number(nanoseconds & 0xffffffffn)];
  return block(
    blockTypes.enhancedPacket,
    concat(u32(0, high, low, packet.length, packet.length), padded(packet)),
  );
}

function block(type: number, body: Bytes): Bytes {
  const length = 12 + body.length;
  return concat(u32(type, length), body, u32(length));
}

function option(code: number, value: Bytes): Bytes {
  return concat(u16(code, value.length), padded(value));
}

const endOfOptions = new Uint8Array(4);

function padded(bytes: Bytes): Bytes {
  const excess = bytes.length % 4;
  return excess === 0 ? bytes : concat(bytes, new Uint8Array(4 - excess));
}

function u16(...values: readonly number[]): Bytes {
  const bytes = new Uint8Array(2 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint16(2 * index, value, true);
  return bytes;
}

function u32(...values: readonly number[]): Bytes {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value, true);
  return bytes;
}

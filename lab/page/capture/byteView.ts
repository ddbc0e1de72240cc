/** Fixed-width integers of either byte order, at an offset that the caller has checked. */
export interface ByteView {
  u16(at: number): number;
  u32(at: number): number;
  /** Signed. */
  i64(at: number): bigint;
}

export function byteView(bytes: Uint8Array, littleEndian: boolean): ByteView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    u16: (at) => view.getUint16(at, littleEndian),
    u32: (at) => view.getUint32(at, littleEndian),
    i64: (at) => view.getBigInt64(at, littleEndian),
  };
}

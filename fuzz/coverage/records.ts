import { defaultProvider } from "../../src/crypto/provider/node.ts";
import { openEpoch } from "../../src/record/epoch.ts";
import { RecordReader } from "../../src/record/reader.ts";
import { type Bytes, concat } from "../../src/wire/bytes.ts";
import { TlsError } from "../../src/wire/error.ts";
import { plainRecord, Sealer, secretOf } from "../../test/record/keys.ts";
import type { CoverageTarget } from "./target.ts";

const alert = new Uint8Array([1, 0]);

/**
 * A stream of records. The first byte says how it is cut, the second whether there are keys; with keys the rest are the
 * plaintexts of records, each behind two bytes of length, or bytes as they are. However it is cut, the outcome is the same.
 */
export const records: CoverageTarget = {
  name: "records",
  seeds: async () => [
    concat(
      new Uint8Array([7, 0]),
      plainRecord(22, new Uint8Array(9)),
      plainRecord(20, new Uint8Array([1])),
      plainRecord(21, alert),
    ),
    new Uint8Array([3, 1, 0, 3, 1, 2, 23, 0, 3, 1, 0, 21]),
    new Uint8Array([1, 1, 0, 6, 8, 0, 0, 0, 22, 0, 0, 4, 0, 0, 0, 0]),
    concat(new Uint8Array([9, 2]), plainRecord(20, new Uint8Array([1])), plainRecord(23, new Uint8Array(20))),
  ],
  run: (input) => {
    const [size = 0, mode = 0] = input;
    const stream = streamOf(input.slice(2), mode % 3);
    const whole = read(stream, stream.length, mode % 3);
    const cut = read(stream, 1 + (size % 64), mode % 3);
    if (whole !== cut) throw new Error(`whole: ${whole}, in pieces of ${1 + (size % 64)}: ${cut}`);
  },
};

function streamOf(content: Bytes, mode: number): Bytes {
  if (mode !== 1) return content;
  const sealer = new Sealer(secretOf(1));
  const sealed: Bytes[] = [];
  for (let at = 0; at + 2 <= content.length && sealed.length < 100; ) {
    const length = ((content[at] as number) << 8) | (content[at + 1] as number);
    const plaintext = content.slice(at + 2, at + 2 + length);
    sealed.push(sealer.inner(plaintext));
    at += 2 + plaintext.length;
  }
  return concat(...sealed);
}

function read(stream: Bytes, size: number, mode: number): string {
  const heard: string[] = [];
  const reader = new RecordReader({
    record: (type, content, { sequence }) => void heard.push(`${sequence} ${type} ${content.join(".")}`),
    failed: (error) => {
      if (!(error instanceof TlsError) || error.code === "internal_error") throw error;
      heard.push(error.code);
    },
  });
  if (mode > 0) reader.install(openEpoch(defaultProvider, "handshake", 0, secretOf(1)));
  for (let start = 0; start < stream.length; start += size) reader.receive(stream.slice(start, start + size));
  return heard.join("\n");
}

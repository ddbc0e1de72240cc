// Logs of certificate transparency (RFC 6962) for tests: they sign timestamps over entries that are put together here, from
// the certificates' parts, and not by the code that is tested.

import crypto from "node:crypto";
import { element, octetString, sequence } from "../src/der/writer.ts";
import { type Bytes, concat, copyOf } from "../src/wire/bytes.ts";
import { type CertificateOptions, extension, type KeyPair, makeCertificate, newKey } from "./certificates.ts";

export interface TestLog {
  readonly name: string;
  readonly operator: string;
  readonly key: KeyPair;
  readonly id: Bytes;
}

export function testLog(name: string, operator: string, key: KeyPair = newKey("P-256")): TestLog {
  return { name, operator, key, id: sha256(key.spki) };
}

export const sha256 = (bytes: Uint8Array): Bytes =>
  copyOf(crypto.createHash("sha256").update(bytes).digest());

const uint = (size: number, value: number | bigint): Bytes => {
  const bytes = new Uint8Array(size);
  for (let i = size - 1, left = BigInt(value); i >= 0; i--, left >>= 8n) bytes[i] = Number(left & 0xffn);
  return bytes;
};
const vector = (size: number, bytes: Uint8Array): Bytes => concat(uint(size, bytes.length), bytes);

export const certificateEntry = (der: Bytes): Bytes => concat(uint(2, 0), vector(3, der));

export const precertificateEntry = (tbs: Bytes, issuer: KeyPair): Bytes =>
  concat(uint(2, 1), sha256(issuer.spki), vector(3, tbs));

export interface TimestampOptions {
  /** Milliseconds since 1970. Default: an hour ago. */
  readonly time?: number | bigint;
  readonly extensions?: Bytes;
  readonly version?: number;
  /** Default: of a timestamp. */
  readonly signatureType?: number;
  /** Hash and kind of signature. Default: SHA-256 and the one of the key. */
  readonly algorithm?: number;
  /** Who signs. Default: the log. */
  readonly by?: KeyPair;
}

const hour = 3_600_000;

/** A SerializedSCT. */
export function timestamp(log: TestLog, entry: Bytes, options: TimestampOptions = {}): Bytes {
  const { version = 0, signatureType = 0, by = log.key } = options;
  const time = uint(8, options.time ?? Date.now() - hour);
  const extensions = vector(2, options.extensions ?? new Uint8Array(0));
  const message = concat(new Uint8Array([version, signatureType]), time, entry, extensions);
  const signature = crypto.sign("sha256", message, by.privateKey);
  const algorithm = options.algorithm ?? (log.key.type === "RSA" ? 0x0401 : 0x0403);
  return concat(
    new Uint8Array([version]),
    log.id,
    time,
    extensions,
    uint(2, algorithm),
    vector(2, signature),
  );
}

/** A SignedCertificateTimestampList. */
export const timestampList = (timestamps: readonly Bytes[]): Bytes =>
  vector(2, concat(...timestamps.map((one) => vector(2, one))));

const timestampsInCertificate = "1.3.6.1.4.1.11129.2.4.2";
const timestampsInResponse = "1.3.6.1.4.1.11129.2.4.5";

/** A certificate with timestamps in it, made as a CA does: the logs see it without them. */
export function loggedCertificate(
  options: CertificateOptions,
  sign: (entry: Bytes) => readonly Bytes[] | Bytes,
  /** How many of the extensions stand before the timestamps. Default: all. */
  before = options.extensions?.length ?? 0,
): Bytes {
  const given = options.extensions ?? [];
  let tbs: Bytes | undefined;
  let serialNumber: Bytes | undefined;
  const validity = {
    notBefore: options.notBefore ?? Date.now() - 24 * hour,
    notAfter: options.notAfter ?? Date.now() + 2160 * hour,
  };
  makeCertificate({
    ...options,
    ...validity,
    bend: (fields) => {
      serialNumber = fields.serialNumber;
      tbs = sequence(...(Object.values(fields) as Bytes[]));
    },
  });
  const timestamps = sign(precertificateEntry(tbs as Bytes, options.issuer?.key ?? options.key));
  const list = timestamps instanceof Uint8Array ? timestamps : timestampList(timestamps);
  return makeCertificate({
    ...options,
    ...validity,
    extensions: [
      ...given.slice(0, before),
      extension(timestampsInCertificate, octetString(list)),
      ...given.slice(before),
    ],
    bend: (fields) => {
      fields.serialNumber = serialNumber as Bytes;
    },
  });
}

/** An OCSP response with as many answers as there are lists, each good; unsigned, for nobody here looks at that. */
export function stapledResponse(lists: readonly (Bytes | undefined)[]): Bytes {
  const nothing = sequence();
  const now = element(0x18, new TextEncoder().encode("20260101000000Z"));
  const answers = lists.map((list) =>
    sequence(
      nothing,
      element(0x80),
      now,
      element(0xa0, now),
      ...(list === undefined
        ? []
        : [
            element(
              0xa1,
              sequence(
                extension("1.3.6.1.5.5.7.48.1.2", octetString(new Uint8Array(16))),
                extension(timestampsInResponse, octetString(list)),
              ),
            ),
          ]),
    ),
  );
  const data = sequence(element(0xa2, octetString(new Uint8Array(20))), now, sequence(...answers));
  const basic = sequence(data, nothing, element(0x03, new Uint8Array([0, 1, 2])));
  const type = element(0x06, new Uint8Array([0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1]));
  return sequence(element(0x0a, new Uint8Array([0])), element(0xa0, sequence(type, octetString(basic))));
}

/** A list of logs as browsers' makers publish it; by default all are usable. */
export function logListJson(
  logs: readonly TestLog[],
  /** What else stands in the entry of a log, or stands there instead. */
  change: (log: TestLog) => object = () => ({}),
): string {
  const operators = [...new Set(logs.map(({ operator }) => operator))].map((name) => ({
    name,
    email: ["logs@example.com"],
    logs: logs
      .filter(({ operator }) => operator === name)
      .map((log) => ({
        description: log.name,
        log_id: Buffer.from(log.id).toString("base64"),
        key: Buffer.from(log.key.spki).toString("base64"),
        url: `https://${log.name}.example/`,
        mmd: 86_400,
        state: { usable: { timestamp: "2020-01-01T00:00:00Z" } },
        temporal_interval: { start_inclusive: "2020-01-01T00:00:00Z", end_exclusive: "2099-01-01T00:00:00Z" },
        ...change(log),
      })),
    tiled_logs: [],
  }));
  return JSON.stringify({
    version: "1.0",
    log_list_timestamp: new Date().toISOString().replace(/\.\d+/, ""),
    operators,
  });
}

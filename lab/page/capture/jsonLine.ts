import { type Bytes, fromHex } from "../../../src/wire/bytes.ts";
import { CaptureError } from "./captureError.ts";

/** An object of a line of a trace, read key by key: what is not as it should be is refused by the line's number. */
export interface JsonLine {
  readonly kind: string;
  readonly time: number;
  /** Whatever stands there. */
  get(key: string): unknown;
  text(key: string): string;
  texts(key: string): readonly string[];
  /** A whole number, not below 0. */
  number(key: string): number;
  bytes(key: string): Bytes;
  oneOf<T extends string>(key: string, values: readonly T[]): T;
  object(key: string): JsonLine;
  list(key: string): readonly JsonLine[];
  /** The error to throw. */
  refuse(why: string): CaptureError;
}

/** @throws CaptureError `trace_malformed` */
export function lineOf(text: string, number: number): JsonLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CaptureError("trace_malformed", `Line ${number}: not JSON.`);
  }
  const { kind, time } = isObject(value) ? value : {};
  if (typeof kind !== "string" || typeof time !== "number" || !Number.isFinite(time)) {
    throw new CaptureError("trace_malformed", `Line ${number}: expected an object with kind and time.`);
  }
  return reader(value as Readonly<Record<string, unknown>>, kind, time, number);
}

function reader(
  value: Readonly<Record<string, unknown>>,
  kind: string,
  time: number,
  number: number,
): JsonLine {
  const refuse = (why: string): CaptureError =>
    new CaptureError("trace_malformed", `Line ${number}, ${kind}: ${why}.`);
  const get = (key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
  const expect = (holds: boolean, key: string, what: string): void => {
    if (!holds) throw refuse(`${key} should be ${what}`);
  };
  const within = (one: unknown, key: string): JsonLine => {
    if (!isObject(one)) throw refuse(`${key} should be an object`);
    return reader(one, kind, time, number);
  };
  const list = (key: string): readonly unknown[] => {
    const found = get(key);
    if (!Array.isArray(found)) throw refuse(`${key} should be a list`);
    return found;
  };
  const text = (key: string): string => {
    const found = get(key);
    if (typeof found !== "string") throw refuse(`${key} should be text`);
    return found;
  };
  return {
    kind,
    time,
    get,
    text,
    texts: (key) => {
      const found = list(key);
      expect(
        found.every((one) => typeof one === "string"),
        key,
        "a list of texts",
      );
      return found as readonly string[];
    },
    number: (key) => {
      const found = get(key);
      expect(Number.isSafeInteger(found) && (found as number) >= 0, key, "a whole number, not below 0");
      return found as number;
    },
    bytes: (key) => {
      const found = text(key);
      expect(/^([0-9a-f]{2})*$/.test(found), key, "bytes in hexadecimal");
      return fromHex(found);
    },
    oneOf: (key, values) => {
      const found = values.find((one) => one === get(key));
      if (found === undefined) throw refuse(`${key} should be one of ${values.join(", ")}`);
      return found;
    },
    object: (key) => within(get(key), key),
    list: (key) => list(key).map((one) => within(one, key)),
    refuse,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import type { Transport, TransportReceiver } from "../connection/transport.ts";
import { concat, fromAscii, noBytes, toLatin1 } from "../wire/bytes.ts";
import { StarttlsError } from "./starttlsError.ts";

/** A stream in clear text, as far as a dialogue needs it. */
export type ClearStream = Pick<Transport, "write" | "pause" | "resume">;

/** Each line of the dialogue, as it passes; without its line end. */
export type Watch = (direction: "in" | "out", line: string) => void;

/** RFC 5321 §4.5.3.1.5 has 512 bytes; a little more for the capabilities of IMAP servers. */
const maxLine = 8192;
const maxLines = 256;
const lineFeed = 0x0a;

/**
 * A conversation in clear text, line by line, which ends when TLS begins. Whoever is on the path can write into it, so
 * whatever the server says before it was asked is refused: bytes that came with the go-ahead would otherwise be taken
 * for bytes that TLS protects (the class of CVE-2021-23222 and CVE-2011-0411).
 */
export class Dialogue implements TransportReceiver {
  readonly #stream: ClearStream;
  readonly #watch: Watch;
  #buffer: Uint8Array = noBytes;
  #lines = 0;
  #failure: unknown;
  #wake: (() => void) | undefined;

  /** The stream is started, or listened to, by whoever made it. */
  constructor(stream: ClearStream, watch: Watch, signal: AbortSignal) {
    this.#stream = stream;
    this.#watch = watch;
    signal.addEventListener("abort", () => this.failed(signal.reason), { once: true });
  }

  /** The next line, without its line end. */
  async line(): Promise<string> {
    if (++this.#lines > maxLines) {
      throw new StarttlsError("starttls_malformed", `the server said more than ${maxLines} lines before TLS`);
    }
    let end = this.#buffer.indexOf(lineFeed);
    while (end === -1) {
      if (this.#buffer.length > maxLine) throw tooLong();
      await this.#more();
      end = this.#buffer.indexOf(lineFeed);
    }
    if (end > maxLine) throw tooLong();
    const line = toLatin1(this.#buffer.subarray(0, end)).replace(/\r$/, "");
    this.#buffer = this.#buffer.subarray(end + 1);
    this.#watch("in", line);
    return line;
  }

  async byte(): Promise<string> {
    while (this.#buffer.length === 0) await this.#more();
    const byte = toLatin1(this.#buffer.subarray(0, 1));
    this.#buffer = this.#buffer.subarray(1);
    this.#watch("in", byte);
    return byte;
  }

  say(line: string): void {
    this.#watch("out", line);
    this.#stream.write(fromAscii(`${line}\r\n`), () => {});
  }

  sayBytes(bytes: Uint8Array, shown: string): void {
    this.#watch("out", shown);
    this.#stream.write(bytes, () => {});
  }

  /** Refuses an answer to what has not been asked yet. */
  nothingWaits(before: string): void {
    if (this.#buffer.length === 0) return;
    throw new StarttlsError(
      "starttls_injected",
      `${this.#buffer.length} bytes came in clear text before ${before}: somebody on the way may have put them there`,
    );
  }

  /** The next byte belongs to TLS. Refuses if the server has said more than it should. */
  finish(): void {
    this.#stream.pause();
    this.nothingWaits("TLS began");
    if (this.#failure !== undefined) throw this.#failure;
  }

  received(bytes: Uint8Array): void {
    this.#buffer = concat(this.#buffer, bytes);
    // A server that never ends its line gets no more of our memory.
    if (this.#buffer.length > 2 * maxLine) this.#stream.pause();
    this.#wake?.();
  }

  ended(): void {
    this.failed(new StarttlsError("starttls_ended", "the server closed the connection before TLS began"));
  }

  failed(error: unknown): void {
    this.#failure ??= error;
    this.#wake?.();
  }

  async #more(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#stream.resume();
    const length = this.#buffer.length;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    if (this.#buffer.length === length && this.#failure !== undefined) throw this.#failure;
  }
}

function tooLong(): StarttlsError {
  return new StarttlsError(
    "starttls_malformed",
    `the server said a line of more than ${maxLine} bytes before TLS`,
  );
}

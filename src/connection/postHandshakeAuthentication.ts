import type { HandshakeChannel } from "../handshake/channel.ts";
import { readRequestExtensions } from "../handshake/client/certificateRequest.ts";
import { answerRequest } from "../handshake/client/clientAuthentication.ts";
import type { ClientParameters } from "../handshake/client/parameters.ts";
import type { AskedCertificate } from "../handshake/client/serverAuthentication.ts";
import type { Transcript } from "../keyschedule/transcript.ts";
import type { EncodedMessage, Received } from "../messages/handshake.ts";
import { type Bytes, toHex } from "../wire/bytes.ts";
import { peerError } from "../wire/error.ts";

/** A limit of our own: each request costs a signature, and its context is remembered. */
export const maxCertificateRequests = 32;

export interface AuthenticationMeans {
  readonly parameters: ClientParameters;
  /** Of the handshake, the client's Finished included. */
  readonly transcript: Transcript;
  readonly channel: Pick<HandshakeChannel, "during">;
  /** Ends the connection where an answer takes too long: a key may never sign. Answers how to stop the clock. */
  readonly limit: () => () => void;
  /** Takes the messages of an answer, all but Finished, and the hash that Finished is made of. */
  readonly answered: (messages: readonly EncodedMessage[], transcriptHash: Bytes) => void;
  readonly failed: (error: unknown) => void;
}

/** Answers a server that asks for certificates after the handshake (RFC 9846 §4.7.2): one request after the other. */
export class PostHandshakeAuthentication {
  readonly #means: AuthenticationMeans;
  readonly #contexts = new Set<string>();
  #turn: Promise<void> = Promise.resolve();

  /** @param askedBefore whether the server has asked in the handshake, with an empty context */
  constructor(means: AuthenticationMeans, askedBefore: boolean) {
    this.#means = means;
    if (askedBefore) this.#contexts.add("");
  }

  requested({ body, bytes }: Received<"CertificateRequest">): void {
    const extensions = readRequestExtensions(body);
    const context = body.certificateRequestContext;
    const key = toHex(context);
    // RFC 9846 §4.4.2: an answer must be of no use for another request.
    if (this.#contexts.has(key)) throw peerError("request_context_repeated", `the context ${key || "empty"}`);
    if (this.#contexts.size >= maxCertificateRequests) {
      throw peerError("too_many_certificate_requests", `more than ${maxCertificateRequests}`);
    }
    this.#contexts.add(key);
    this.#turn = this.#turn.then(() => this.#answer({ context, extensions }, bytes));
  }

  /** RFC 9846 §4.5: over the handshake and this request, whatever else was asked and answered since (§4.1/3). */
  async #answer(asked: AskedCertificate, request: Bytes): Promise<void> {
    const { parameters, transcript: handshake, channel, limit, answered, failed } = this.#means;
    const stopTimer = limit();
    try {
      const transcript = handshake.fork();
      transcript.add(request);
      const { messages } = await answerRequest(channel, parameters, asked, transcript);
      answered(messages, transcript.hash());
    } catch (error) {
      failed(error);
    } finally {
      stopTimer();
    }
  }
}

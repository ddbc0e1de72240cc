// @ts-check
// A fetch that saves a round trip: where a session allows it, a safe request leaves together with the first hello.

import http from "node:http";
import { Duplex, PassThrough, pipeline, Readable } from "node:stream";
import { connect } from "tls13/node";

/** Whoever records early data can send it again, so only what is harmless to receive twice leaves early (RFC 8470 §2.1). */
const safeMethods = new Set(["GET", "HEAD"]);

/** RFC 8470 §5.2: the server would rather have it once the handshake is done. */
const tooEarly = 425;

/** RFC 9110 §6.4.1: answers that have no content. */
const withoutContent = new Set([204, 205, 304]);

/**
 * Makes a function that is called like fetch, for https only. Redirects are handed to the caller.
 *
 * @param {import("tls13/node").ConnectOptions} settings `sessions` above all: without them nothing leaves early
 * @returns {(url: string | URL, init?: RequestInit) => Promise<Response>}
 */
export function earlyFetch(settings) {
  return async (url, init) => {
    const request = new Request(url, init);
    const early = safeMethods.has(request.method);
    const response = await ask(request, settings, early);
    if (response.status !== tooEarly || !early) return response;
    await response.body?.cancel();
    return ask(request, settings, false);
  };
}

/**
 * @param {Request} request
 * @param {import("tls13/node").ConnectOptions} settings
 * @param {boolean} early
 * @returns {Promise<Response>}
 */
function ask(request, settings, early) {
  const { protocol, host, hostname, port, pathname, search } = new URL(request.url);
  if (protocol !== "https:") throw new TypeError(`expected https:, got ${protocol}`);
  const options = {
    ...settings,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || 443),
    ALPNProtocols: ["http/1.1"],
    signal: request.signal,
  };
  return new Promise((resolve, reject) => {
    const sent = http.request({
      createConnection: () => (early ? connectEarly(options) : connect(options)),
      method: request.method,
      path: pathname + search,
      headers: { ...Object.fromEntries(request.headers), host },
    });
    sent.once("error", reject);
    sent.once("response", (answer) => resolve(responseOf(answer, request.method)));
    if (request.body === null) sent.end();
    else pipeline(Readable.fromWeb(/** @type {any} */ (request.body)), sent, () => {});
  });
}

/**
 * A stream of which all that is written before the server has answered is early data, and the rest is not. What the server
 * rejects comes first among the rest: it was safe to send, so it is safe to send again.
 *
 * @param {import("tls13/node").ConnectOptions} options
 */
function connectEarly(options) {
  const uplink = new PassThrough();
  const socket = connect({ ...options, earlyData: uplink });
  socket.once("secureConnect", () => pipeline(notTaken(socket), socket, () => {}));
  return Duplex.from({ writable: uplink, readable: socket });
}

/** @param {{ info: import("tls13/node").ConnectionInfo | undefined }} socket */
async function* notTaken({ info }) {
  if (info?.earlyData === undefined) return;
  const { returned, unread } = info.earlyData;
  if (returned.length > 0) yield returned;
  yield* unread ?? [];
}

/**
 * @param {http.IncomingMessage} answer
 * @param {string} method
 */
function responseOf(answer, method) {
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const status = /** @type {number} */ (answer.statusCode);
  const hasContent = method !== "HEAD" && !withoutContent.has(status);
  if (!hasContent) answer.resume();
  const content = hasContent ? /** @type {any} */ (Readable.toWeb(answer)) : null;
  return new Response(content, { status, statusText: answer.statusMessage ?? "", headers });
}

import { opaque } from "../codec.ts";
import { extension } from "./extension.ts";

const cookieBody = opaque(2, 1, 0xffff);

/** RFC 9846 §4.3.2: the only extension that a server may send unasked. */
export const cookie = extension("cookie", 44, { ClientHello: cookieBody, HelloRetryRequest: cookieBody }, [
  "HelloRetryRequest",
]);

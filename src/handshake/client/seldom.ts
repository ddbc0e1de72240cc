// What a handshake needs only where it may resume a session or offer a PSK, or where the server asks for a certificate. One part
// for all of it: bundlers cut what several parts share into chunks, and each chunk weighs more than what was saved.
export { authenticateClient } from "./clientCertificate.ts";
export { makeFirstFlight, startEarlyData } from "./firstFlight.ts";
export { encodeWithPsks } from "./pskOffer.ts";

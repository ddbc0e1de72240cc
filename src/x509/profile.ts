/**
 * Which rules are applied. `rfc5280`: the document, strictly. `webpki`: what public certificates have to keep besides (the
 * CA/Browser Forum's Baseline Requirements). `private`: the document without what organisations' own CAs break daily.
 */
export type Profile = (typeof profiles)[number];

export const profiles = ["rfc5280", "webpki", "private"] as const;

/** Where a certificate stands in its path: the peer's own, one that signs another, or the end that is trusted. */
export type Role = "leaf" | "intermediate" | "anchor";

/** What the peer's certificate is to be used for (RFC 5280 §4.2.1.12). */
export type Purpose = "server" | "client" | "email";

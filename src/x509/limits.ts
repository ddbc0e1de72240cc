/**
 * What a hostile server can have us do, in numbers. Each is far above what honest certificates need, and a chain that
 * spends one is refused with the rule `budget` (or as malformed, for the first two).
 */
export const limits = {
  /** Bytes of one certificate. Real ones with hundreds of names have 20,000. */
  certificateBytes: 65_536,
  /** Extensions of one certificate. */
  extensions: 64,
  /** Certificates of one chain that are looked at; those behind them are not. */
  certificates: 128,
  /** Certificates of one path, the server's own included and the anchor not. */
  pathLength: 10,
  /** Certificates tried as an issuer, over all paths. */
  steps: 5000,
  /** Signatures checked with the provider, over all paths. */
  signatures: 48,
  /** Names compared with name constraints, over all paths. */
  nameComparisons: 50_000,
  /** Failed ways that are remembered, to tell of them. */
  attempts: 16,
} as const;

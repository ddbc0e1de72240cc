/**
 * What a hostile peer can have us do, in numbers. Each is far above what honest certificates need. A chain that spends one
 * and leads nowhere else is refused with the rule `budget` (or as malformed, for the first three).
 */
export const limits = {
  /** Bytes of one certificate. Real ones with hundreds of names have 20,000. */
  certificateBytes: 65_536,
  /** Extensions of one certificate. */
  extensions: 64,
  /** Alternative names of one certificate. */
  subjectAltNames: 2000,
  /** Certificates of one chain that are looked at; those behind them are not. */
  certificates: 128,
  /** Certificates of one path, the server's own included and the anchor not. */
  pathLength: 10,
  /** Certificates tried as an issuer, over all paths. */
  steps: 1000,
  /** Signatures checked with the provider, over all paths, weighed: a P-256 key's is 1, a P-521 key's 28. */
  signatures: 200,
  /**
   * Pairs of a name and a name constraint above it, over all paths; a directory name counts as often as it has RDNs, and to
   * make a certificate's names ready as much as four times its bytes.
   */
  nameComparisons: 250_000,
  /** Paths that hold and are put to the checks (revocation, logs); if all are refused, the search ends with the last. */
  inspections: 8,
  /** Failed ways that are remembered, to tell of them. */
  attempts: 16,
} as const;

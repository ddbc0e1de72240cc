/** What is looked at of the timestamps of logs. */
export const timestampLimits = {
  /** Timestamps of one source (the certificate, or the handshake with its OCSP response); those behind them count for nothing. */
  timestamps: 64,
} as const;

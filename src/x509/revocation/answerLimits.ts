/** What an OCSP response or a CRL may have. One that has more is malformed. */
export const answerLimits = {
  /** Bytes of an OCSP response. Real ones have 500 to 5,000. */
  ocspBytes: 65_536,
  /** Certificates that an OCSP response is about. A stapled one is about one. */
  ocspResponses: 128,
  /** Certificates that come with an OCSP response. One is needed at most. */
  ocspCertificates: 8,
  /** Extensions in one place of an OCSP response or a CRL. */
  answerExtensions: 32,
  /** Bytes of a serial number on a CRL. */
  crlSerialNumberBytes: 64,
} as const;

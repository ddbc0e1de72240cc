/** The hashes of TLS 1.3's suites and signatures. */
export type HashName = "SHA-256" | "SHA-384" | "SHA-512";

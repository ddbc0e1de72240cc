/** What the connections of the hostile server do, one after the other. */
export const misbehaviours = [
  "says nothing",
  "drips a byte at a time",
  "stops within its Certificate",
  "says what is no TLS",
  "floods tickets",
  "floods records of one byte",
  "floods KeyUpdates",
  "stops reading",
] as const;

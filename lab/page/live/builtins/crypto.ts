// What pg takes of node:crypto: by name, and it goes on with the runtime's own where there is none.

export const webcrypto = globalThis.crypto;

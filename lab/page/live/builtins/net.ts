// What pg takes of node:net: no name is to be taken for an address in the server_name extension.

/** 4, 6, or 0 for what is no address. */
export function isIP(host: string): 0 | 4 | 6 {
  if (/^\d+(\.\d+){3}$/.test(host)) return 4;
  return host.includes(":") ? 6 : 0;
}

import { localError } from "../../wire/error.ts";

export interface ServerName {
  /** As the verifier gets it: an A-label name in lower case, or an IP address. */
  readonly serverName: string;
  /** For server_name; undefined for an IP address, which it may not carry (RFC 6066 §3). */
  readonly hostName: string | undefined;
}

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/**
 * What a name that a caller gave means on the wire: no IP address, no trailing dot, A-labels only (RFC 6066 §3/2).
 * @throws TlsError `invalid_option`
 */
export function parseServerName(given: string): ServerName {
  if (typeof given !== "string" || given === "") {
    throw localError("invalid_option", "serverName: expected a DNS name or an IP address, got nothing");
  }
  const bare = given.startsWith("[") && given.endsWith("]") ? given.slice(1, -1) : given;
  if (bare.includes(":")) {
    if (urlHost(`[${bare}]`) === undefined) throw unfit(given, "it has a colon, and is no IPv6 address");
    return { serverName: bare.toLowerCase(), hostName: undefined };
  }
  if (ipv4.test(bare)) {
    if (bare.split(".").some((part) => Number(part) > 255 || (part.length > 1 && part.startsWith("0")))) {
      throw unfit(given, "it is no IPv4 address");
    }
    return { serverName: bare, hostName: undefined };
  }
  const name = aLabels(given).toLowerCase().replace(/\.$/, "");
  const labels = name.split(".");
  if (name.length > 253 || !labels.every((one) => label.test(one))) {
    throw unfit(given, "each label has 1 to 63 letters, digits and hyphens, the whole at most 253");
  }
  // The URL standard reads a last label of digits as an address; so would a verifier's user.
  if (/^\d+$/.test(labels.at(-1) as string))
    throw unfit(given, "a name that ends in a number reads as an address");
  return { serverName: name, hostName: name };
}

/** U-labels become A-labels by the platform's URL parser; a name that is ASCII is taken as it stands. */
function aLabels(given: string): string {
  if (/^[\x21-\x7e]+$/.test(given)) return given;
  const host = urlHost(given);
  if (host === undefined || ipv4.test(host)) throw unfit(given, "it has no form in A-labels");
  return host;
}

function urlHost(host: string): string | undefined {
  if (/[\s/?#@\\%]/.test(host)) return undefined;
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return undefined;
  }
}

function unfit(given: string, why: string): Error {
  return localError(
    "invalid_option",
    `serverName: ${JSON.stringify(given)} is no DNS name or IP address: ${why}`,
  );
}

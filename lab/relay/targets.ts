import { isIPv4, isIPv6 } from "node:net";

/** A place that the relay leads to. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** What may come of the host's name: anything; what is reachable for all; or, of `localhost`, this machine alone. */
  readonly reach: "any" | "public" | "loopback";
}

/** Something about how the relay was asked to run, said in one line that tells what to do. */
export class RelayOptionError extends Error {
  override readonly name = "RelayOptionError";
}

const label = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * A target as it is listed: `host:port`, in the one spelling that a request has to have. IPv6 in brackets.
 * @param mayBePrivate whether its name may lead to addresses that are not reachable for all
 * @throws RelayOptionError
 */
export function parseTarget(text: string, mayBePrivate: boolean): Target {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*)):([1-9]\d{0,4})$/.exec(text) ?? [];
  const port = Number(digits);
  const host = bracketed ?? plain;
  if (host === undefined || port > 65_535) {
    throw invalid(text, "HOST:PORT with a port from 1 to 65535, such as db.example:5432 or [::1]:443");
  }
  if (bracketed !== undefined) {
    if (!isIPv6(bracketed) || bracketed.includes("%")) throw invalid(text, "an IPv6 address in the brackets");
    // A request is compared by its text, so there is one spelling: RFC 5952's, which a URL's host has.
    const spelled = new URL(`http://[${bracketed}]`).hostname.slice(1, -1);
    if (spelled !== bracketed) throw invalid(text, `the spelling [${spelled}]:${port}`);
    return { host, port, reach: "any" };
  }
  if (isIPv4(host)) return { host, port, reach: "any" };
  const labels = host.split(".");
  // Numbers that are no address here may be one to a resolver: 127.1, 2130706433, 0x7f.1.
  const last = labels.at(-1) ?? "";
  if (/^(\d+|0x[0-9a-f]*)$/.test(last)) throw invalid(text, "a name, or an address as in 192.0.2.1:443");
  if (host.length > 253 || !labels.every((one) => label.test(one))) {
    throw invalid(text, "a DNS name in lower case, with A-labels and without a dot at its end");
  }
  // RFC 6761 §6.3: whoever lists this name has this machine in mind.
  if (last === "localhost") return { host, port, reach: "loopback" };
  return { host, port, reach: mayBePrivate ? "any" : "public" };
}

/** An origin as browsers send it. @throws RelayOptionError */
export function parseOrigin(text: string): string {
  let origin: string;
  try {
    origin = new URL(text).origin;
  } catch {
    origin = "null";
  }
  // RFC 6454 §6.1: "null" is what every sandboxed frame and every local file sends.
  if (origin !== text || origin === "null") {
    const like = origin === "null" ? "https://lab.example or http://localhost:8080" : origin;
    throw new RelayOptionError(`origin ${JSON.stringify(text)}: expected one as browsers send it, ${like}`);
  }
  return origin;
}

function invalid(text: string, expected: string): RelayOptionError {
  return new RelayOptionError(`target ${JSON.stringify(text)}: expected ${expected}`);
}

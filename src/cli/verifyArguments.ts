import { parseMailbox, parseReferenceName, type ReferenceName } from "../x509/names.ts";
import type { Profile, Purpose } from "../x509/profile.ts";
import type { Values } from "./optionTable.ts";
import { choice, profileOption } from "./optionValues.ts";
import { UsageError } from "./usageError.ts";

export interface VerifyCommand {
  readonly kind: "verify";
  readonly file: string;
  readonly wanted: ReferenceName | "any";
  readonly purpose: Purpose;
  readonly caFiles: readonly string[];
  readonly crlFiles: readonly string[];
  readonly ocspFile: string | undefined;
  /** Undefined: what the root says. */
  readonly profile: Profile | undefined;
  readonly depth: number | undefined;
  /** Seconds since 1970; undefined: now. */
  readonly at: number | undefined;
  readonly json: boolean;
}

const purposes: readonly Purpose[] = ["server", "client", "email"];

/** @throws UsageError */
export function verifyArguments(values: Values, [file, ...more]: readonly string[]): VerifyCommand {
  if (file === undefined) throw new UsageError('verify needs a file: "tls13 verify CHAIN.pem --name NAME"');
  if (more[0] !== undefined) {
    throw new UsageError(
      `verify takes one file, with all certificates in it; ${JSON.stringify(more[0])} is one argument too many`,
    );
  }
  const purpose = values.purpose === undefined ? "server" : choice("--purpose", purposes, values.purpose);
  // A server's certificate that is for anybody says nothing about who is reached.
  if (values.name === undefined && purpose === "server") {
    throw new UsageError("verify needs the name that the server is reached by: --name NAME");
  }
  return {
    kind: "verify",
    file,
    wanted: values.name === undefined ? "any" : wantedName(values.name, purpose),
    purpose,
    caFiles: values.ca ?? [],
    crlFiles: values.crl ?? [],
    ocspFile: values.ocsp,
    profile: profileOption(values.profile),
    depth: values.depth === undefined ? undefined : depthOption(values.depth),
    at: values.at === undefined ? undefined : timeOption(values.at),
    json: values.json ?? false,
  };
}

function wantedName(given: string, purpose: Purpose): ReferenceName {
  const host = (): ReferenceName | undefined => parseReferenceName(given);
  const wanted = purpose === "server" ? host() : (parseMailbox(given) ?? host());
  if (wanted !== undefined) return wanted;
  const expected =
    purpose === "server" ? "a DNS name or an IP address" : "a mailbox, a DNS name or an IP address";
  throw new UsageError(`--name expects ${expected}, got ${JSON.stringify(given)}`);
}

function depthOption(given: string): number {
  if (/^\d{1,3}$/.test(given)) return Number(given);
  throw new UsageError(
    `--depth expects how many certificates may stand between the first and the root, got ${JSON.stringify(given)}`,
  );
}

const timeFormat = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/;

/** ISO 8601: a day, which is its first second, or a day and a time of day; in UTC where no zone is named. */
function timeOption(given: string): number {
  const [, day = "", time = "00:00", zone = "Z"] = timeFormat.exec(given) ?? [];
  const milliseconds = Date.parse(`${day}T${time}${zone}`);
  // Date.parse takes the 30th of February for a day in March.
  const isDay = new Date(Date.parse(`${day}T00:00Z`) || 0).toISOString().startsWith(day);
  if (day !== "" && isDay && !Number.isNaN(milliseconds)) return Math.floor(milliseconds / 1000);
  throw new UsageError(
    `--at expects a time as 2026-01-31 or 2026-01-31T12:00:00Z, got ${JSON.stringify(given)}`,
  );
}

import type { Profile } from "../x509/profile.ts";
import { UsageError } from "./usageError.ts";

/** Names with commas between them. @throws UsageError */
export function list(option: string, given: string | undefined): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const items = given.split(",").map((one) => one.trim());
  if (items.some((one) => one === "")) {
    throw new UsageError(`${option} expects names with commas between them, got ${JSON.stringify(given)}`);
  }
  return items;
}

/** One of a few words. @throws UsageError */
export function choice<T extends string>(option: string, known: readonly T[], given: string): T {
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  throw new UsageError(`${option} expects ${known.join(", ")}; got ${JSON.stringify(given)}`);
}

const profiles: readonly Profile[] = ["rfc5280", "webpki", "private"];

/** @throws UsageError */
export function profileOption(given: string | undefined): Profile | undefined {
  return given === undefined ? undefined : choice("--profile", profiles, given);
}

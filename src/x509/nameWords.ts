import { latin1 } from "../der/strings.ts";
import { toHex } from "../wire/bytes.ts";
import { nameToString } from "./distinguishedName.ts";
import { addressToString, type GeneralName, generalNames } from "./generalName.ts";

/** For people: `DNS:a.example`, `IP:192.0.2.1`. */
export function generalNameToString(bytes: Uint8Array, name: GeneralName): string {
  switch (name.tag) {
    case generalNames.dNSName:
      return `DNS:${visible(latin1(bytes, name))}`;
    case generalNames.iPAddress:
      return `IP:${addressToString(bytes.subarray(name.start, name.end))}`;
    case generalNames.rfc822Name:
      return `email:${visible(latin1(bytes, name))}`;
    case generalNames.uniformResourceIdentifier:
      return `URI:${visible(latin1(bytes, name))}`;
    case generalNames.directoryName:
      return `directory:${nameToString(bytes, name)}`;
    default:
      return `${Object.entries(generalNames).find(([, tag]) => tag === name.tag)?.[0] ?? "name"}:#${toHex(
        bytes.subarray(name.start, name.end),
      )}`;
  }
}

/** Names are a stranger's text: what is not plain ASCII is shown as its code, and a comma can't fake a second name. */
export function visible(text: string): string {
  return text.replace(
    /[^\x20-\x7e]|[,\\"]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

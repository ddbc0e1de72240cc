import {
  decodeExtension,
  type ExtensionHost,
  type RawExtension,
} from "../../messages/extensions/extension.ts";
import { type DecodedExtensions, extensionByType, extensionName } from "../../messages/extensions/table.ts";
import { peerError } from "../../wire/error.ts";

/** Messages whose extensions are requests or news of the server's, not answers: unknown ones are skipped (§9.3/3, §9.3/4). */
const serverSpeaksFirst: ReadonlySet<ExtensionHost> = new Set(["CertificateRequest", "NewSessionTicket"]);

/** What such messages answer: nothing. */
export const nothingOffered: ReadonlySet<number> = new Set();

/**
 * Judges an extension block, then reads what stands in it (RFC 9846 §4.3). That none stands twice the codec has seen;
 * one that answers nothing comes before one that is misplaced.
 */
export function readExtensions<H extends ExtensionHost>(
  host: H,
  block: readonly RawExtension[],
  offered: ReadonlySet<number>,
): DecodedExtensions<H> {
  const decoded: Record<string, unknown> = {};
  for (const { type, data } of block) {
    const [key, row] = extensionByType(type) ?? [];
    if (!serverSpeaksFirst.has(host) && !offered.has(type) && !row?.unasked.includes(host)) {
      throw peerError("unsolicited_extension", `${extensionName(type)} in ${host}`);
    }
    if (key === undefined || row === undefined) continue;
    if (row.in[host] === undefined)
      throw peerError("misplaced_extension", `${extensionName(type)} in ${host}`);
    decoded[key] = decodeExtension(row, host, data);
  }
  return decoded as DecodedExtensions<H>;
}

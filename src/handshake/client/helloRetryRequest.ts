import { groupName } from "../../crypto/groups.ts";
import type { CryptoProvider } from "../../crypto/provider.ts";
import { messageHash } from "../../keyschedule/transcript.ts";
import type { ServerHello } from "../../messages/serverHello.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { peerError } from "../../wire/error.ts";
import { readExtensions } from "./extensions.ts";
import { implementedGroups, type Offer, type Retry } from "./offer.ts";
import { checkCommonFields } from "./serverHello.ts";

/** RFC 9846 §4.2.4 */
export function checkHelloRetryRequest(
  offer: Offer,
  hello: ServerHello,
  bytes: Bytes,
  hashes: CryptoProvider["hashes"],
): Retry {
  const suite = checkCommonFields(offer, undefined, "HelloRetryRequest", hello);
  const { keyShare: selectedGroup, cookie } = readExtensions(
    "HelloRetryRequest",
    hello.extensions,
    offer.extensionTypes,
  );
  // §4.2.4/7
  if (selectedGroup === undefined && cookie === undefined) {
    throw peerError("retry_without_change", "neither a group nor a cookie");
  }
  if (selectedGroup !== undefined) {
    // §4.3.8/8
    if (!offer.groups.includes(selectedGroup) || !implementedGroups.has(selectedGroup)) {
      const expected = offer.groups.map(groupName).join(" or ");
      throw peerError("retry_group_not_supported", { expected, got: groupName(selectedGroup) });
    }
    // §4.3.8/9
    if (offer.shares.has(selectedGroup))
      throw peerError("retry_group_already_shared", groupName(selectedGroup));
  }
  const transcript = [messageHash(hashes[suite.hash], offer.message.bytes), bytes];
  return { suite, selectedGroup, cookie, transcript };
}

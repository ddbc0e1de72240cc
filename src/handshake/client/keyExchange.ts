import { groupName } from "../../crypto/groups.ts";
import type { ShareFault } from "../../crypto/provider.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { peerError } from "../../wire/error.ts";
import type { ServerShare } from "./serverHello.ts";

/** RFC 9846 §7.4.2, §4.3.8.2 */
export async function agree({ group, keyExchange, ours }: ServerShare): Promise<Bytes> {
  const agreement = await ours.agree(keyExchange);
  if (agreement.ok) return agreement.secret;
  const fault: ShareFault = agreement.fault;
  // §4.3.8/1
  if (fault === "length")
    throw peerError("bad_key_share_length", `${keyExchange.length} bytes for ${groupName(group)}`);
  // §4.3.8.2/1, §4.3.8.2/2, §4.3.8.2/3
  if (fault === "point") throw peerError("bad_key_share", groupName(group));
  // §7.4.2/3
  throw peerError("all_zero_shared_secret", groupName(group));
}

import { finishedVerifyData, type TrafficSecret } from "../../keyschedule/trafficSecret.ts";
import type { Finished } from "../../messages/finished.ts";
import { type Bytes, equalInConstantTime } from "../../wire/bytes.ts";
import { peerError } from "../../wire/error.ts";

/** RFC 9846 §4.5.3/1, §4.5.3/2 */
export function checkFinished(
  serverHandshake: TrafficSecret,
  transcriptHash: Bytes,
  { verifyData }: Finished,
): void {
  if (!equalInConstantTime(verifyData, finishedVerifyData(serverHandshake, transcriptHash))) {
    throw peerError("bad_finished", "it does not match the transcript");
  }
}

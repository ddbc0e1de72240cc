import type { ConnectionInfo } from "../../../src/connection/info.ts";
import { defaultProvider } from "../../../src/crypto/provider/web.ts";
import type { TlsError } from "../../../src/wire/error.ts";
import type { Run } from "../run.ts";
import { writeUp } from "../writeUp.ts";
import type { LiveRecorder } from "./liveRecorder.ts";
import type { Way } from "./liveTarget.ts";
import { withData } from "./withData.ts";

/** What is known of a live connection besides what was recorded. */
export interface LiveEnd {
  readonly title: string;
  readonly way: Way;
  readonly info: ConnectionInfo | undefined;
  readonly error: TlsError | undefined;
}

/** The run of a live connection. */
export async function writeLive(recorder: LiveRecorder, { title, info, error }: LiveEnd): Promise<Run> {
  const { crossings, keyLog, sharedSecret } = recorder;
  const run = await writeUp({
    title,
    provider: defaultProvider,
    recorder,
    crossings,
    keyLog,
    psk: undefined,
    sharedSecret,
    info,
    error,
    judgedBy: undefined,
    finished: true,
  });
  return withData(run, crossings);
}

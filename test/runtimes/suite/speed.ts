import { data } from "../../../lab/script.ts";
import { type CipherSuiteName, cipherSuites } from "../../../src/crypto/cipherSuites.ts";
import { type Harness, within } from "../../cases/case.ts";
import { closeCleanly, meet, opened } from "../../cases/meeting.ts";

/** The fastest counts: the machine has other work, other runtimes' for one. */
const rounds = 5;
/** In a round. */
const handshakes = 20;
const mebibytes = 2;

/** @param now milliseconds, by a clock that goes */
export async function speedOf(
  harness: Harness,
  now: () => Promise<number>,
): Promise<{ readonly handshake: number; readonly download: number }> {
  // What is offered first, which most servers take; the lab would take what it likes best itself.
  const fastest = harness.provider.aeads()[0]?.name;
  const names = Object.keys(cipherSuites) as CipherSuiteName[];
  const client = { cipherSuites: names.filter((name) => cipherSuites[name].aead === fastest) };

  let [handshake, download] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < rounds; round++) {
    const start = await now();
    for (let i = 0; i < handshakes; i++) {
      const meeting = await meet(harness, { client });
      await opened(meeting);
      await closeCleanly(meeting);
    }
    handshake = Math.min(handshake, ((await now()) - start) / handshakes);

    const meeting = await meet(harness, { client });
    await opened(meeting);
    const record = data(new Uint8Array(2 ** 14));
    const records = Array.from({ length: 64 * mebibytes }, () => record);
    const before = await now();
    await meeting.lab.perform(...records);
    await within("all has come", arrivalOf(meeting, mebibytes * 2 ** 20), 60_000);
    download = Math.min(download, ((await now()) - before) / mebibytes);
    await closeCleanly(meeting);
  }
  return { handshake, download };
}

async function arrivalOf({ client }: Awaited<ReturnType<typeof meet>>, length: number): Promise<void> {
  while (client.length < length) await new Promise((resolve) => setTimeout(resolve, 0));
}

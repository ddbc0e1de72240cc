import { cipherSuite } from "../../crypto/cipherSuites.ts";
import type { HandshakeChannel } from "../channel.ts";
import { logSecret } from "../keyLog.ts";
import type { WatchVerification } from "./identify.ts";
import type { Offer } from "./offer.ts";
import type { ClientParameters, FirstFlight } from "./parameters.ts";
import { offerPsks } from "./pskOffer.ts";
import { allowsEarlyData, takeSession } from "./resumption.ts";

/** What the first hello offers of sessions and PSKs (RFC 9846 §2.2, §2.3). */
export async function makeFirstFlight(
  channel: HandshakeChannel,
  parameters: ClientParameters,
  watch: WatchVerification | undefined,
): Promise<FirstFlight> {
  const resumable = await takeSession(channel, parameters, watch);
  const psks = offerPsks(parameters.provider, resumable, parameters.externalPsks);
  const earlyData =
    psks[0]?.psk === resumable && resumable !== undefined && allowsEarlyData(resumable, parameters);
  return { psks, earlyData };
}

/**
 * Under the keys of the first PSK, if it is a session's (RFC 9846 §4.3.10).
 *
 * @param secrets gets what has to be overwritten in the end
 */
export function startEarlyData(
  channel: HandshakeChannel,
  { cipherSuites, keyLog }: ClientParameters,
  { psks: [first], hello, message }: Offer,
  secrets: { wipe(): void }[],
): void {
  if (first?.psk.kind !== "resumption") return;
  const { cipherSuite: name, maxEarlyDataSize } = first.psk.session;
  const { random } = hello;
  const helloHash = first.stage.hash.digest(message.bytes);
  // With the limits that the parameters give it.
  const suite = cipherSuites.find((one) => one.name === name) ?? cipherSuite(name);
  const secret = first.stage.clientEarlyTraffic(suite, helloHash);
  const exporter = first.stage.earlyExporter(helloHash);
  secrets.push({ wipe: () => void secret.secret.fill(0) });
  logSecret(keyLog, "CLIENT_EARLY_TRAFFIC_SECRET", random, secret.secret);
  logSecret(keyLog, "EARLY_EXPORTER_SECRET", random, exporter.secret);
  channel.startEarlyData(secret, exporter, maxEarlyDataSize);
}

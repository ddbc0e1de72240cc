import {
  type ConnectionInfo,
  type ConnectOptions,
  connect,
  defaultProvider,
  type TlsConnection,
} from "../../src/index.ts";
import { converse } from "./conversation.ts";
import { identitiesOf, pskOptionsOf } from "./credentials.ts";
import { earlyWritesOf, initialWrites } from "./earlyData.ts";
import { checkConnection, checkEarlyData, checkSession } from "./expectations.ts";
import { keyingMaterial, trafficSecrets } from "./keyingMaterial.ts";
import type { SessionSlot } from "./sessionSlot.ts";
import type { Settings } from "./settings.ts";
import { connectToRunner } from "./tcp.ts";
import { verifierOf } from "./verification.ts";

export interface Turn {
  readonly settings: Settings;
  /** Those that are for a connection whose early data the server rejected: BoringSSL counts that as a second one. */
  readonly retry: Settings;
  readonly sessions: SessionSlot;
  readonly isResumption: boolean;
  /** Milliseconds since 1970. The clock stands still while a connection goes on, for the runner is exact about ages. */
  readonly time: number;
}

/** One connection to the runner, until its socket is closed. */
export async function exchange(turn: Turn): Promise<void> {
  const { settings, sessions } = turn;
  const options = optionsOf(turn);
  const { socket, transport } = connectToRunner(settings);
  const closed = new Promise<void>((resolve) => socket.once("close", resolve));
  let tls: TlsConnection | undefined;
  try {
    tls = connect(transport, options.connect);
    const came = await talk(tls, turn, options);
    checkSession(sessions.received, came);
  } finally {
    if (tls === undefined) socket.destroy();
    else tls.close();
    await closed;
  }
}

type EarlyDataReport = NonNullable<ConnectionInfo["earlyData"]>;
type Options = ReturnType<typeof optionsOf>;

function optionsOf({ settings, retry, sessions, time }: Turn) {
  const identities = identitiesOf(settings);
  const secrets = trafficSecrets();
  const early = settings.enableEarlyData ? earlyWritesOf(settings) : undefined;
  const connectOptions: ConnectOptions = {
    // An address is not sent: without -host-name there is no server_name.
    serverName: settings.hostName ?? "127.0.0.1",
    trust: verifierOf(settings.expectRejectEarlyData ? retry : settings),
    alpn: protocolsIn(settings.advertiseAlpn ?? ""),
    ...(settings.cipherSuites === undefined ? {} : { cipherSuites: settings.cipherSuites }),
    ...groupsOf(settings),
    ...(settings.verifyPrefs === undefined ? {} : { signatureSchemes: settings.verifyPrefs }),
    ...(identities.some ? { identity: identities.choose, requireIdentity: true } : {}),
    psks: pskOptionsOf(settings),
    sessions,
    partition: "the runner",
    ...(early === undefined ? {} : { earlyData: early.source }),
    ...(early?.trace === undefined ? {} : { trace: early.trace }),
    keyLog: secrets.log,
    handshakeTimeout: 0,
    provider: { ...defaultProvider, now: () => time },
  };
  return { connect: connectOptions, identities, secrets };
}

/** Answers with the settings that it came to. */
async function talk(
  tls: TlsConnection,
  { settings, retry, isResumption }: Turn,
  { identities, secrets }: Options,
): Promise<Settings> {
  // BoringSSL's shim goes on before the server has answered.
  if (settings.expectAcceptEarlyData) keyingMaterial(tls, settings, secrets);
  const info = await tls.opened;
  checkEarlyData(info, settings, false);
  const isRetry = info.earlyData?.outcome === "rejected";
  if (isRetry) checkEarlyData(info, retry, true);
  const now = isRetry ? retry : settings;
  checkConnection(info, identities, now, isResumption);
  const unsaid = isRetry || info.earlyData === undefined ? initialWrites(now) : await restOf(info.earlyData);
  await converse(tls, now, [...keyingMaterial(tls, now, secrets), ...unsaid]);
  return now;
}

/** What was meant to be said early, and has yet to be said. */
async function restOf({ returned, unread }: EarlyDataReport): Promise<readonly Uint8Array[]> {
  const rest: Uint8Array[] = [returned];
  for await (const bytes of unread ?? []) rest.push(bytes);
  return rest;
}

/** RFC 7301 §3.1: names, each after its length in one byte. */
function protocolsIn(list: string): readonly string[] {
  const names: string[] = [];
  for (let at = 0; at < list.length; at += 1 + list.charCodeAt(at)) {
    names.push(list.slice(at + 1, at + 1 + list.charCodeAt(at)));
  }
  return names;
}

function groupsOf({
  groups,
  keyShares,
  noKeyShares,
}: Settings): Pick<ConnectOptions, "groups" | "keyShares"> {
  return {
    ...(groups.length === 0 ? {} : { groups }),
    ...(keyShares.length === 0 && !noKeyShares ? {} : { keyShares }),
  };
}

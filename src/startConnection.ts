import { defaultProvider } from "#provider";
import { type Carrier, transportOver } from "./adapters/transportOver.ts";
import { withPrefix } from "./adapters/withPrefix.ts";
import { Connection, type ConnectionReceiver } from "./connection/connection.ts";
import { type ConnectionInfo, connectionInfo } from "./connection/info.ts";
import { type ClientOptions, checkOptions } from "./connection/options.ts";
import { type TrustOption, trustKnown, verifierFrom } from "./connection/trustOption.ts";
import { localError } from "./wire/error.ts";

export interface ConnectOptions extends Omit<ClientOptions, "verifier"> {
  /** The roots to trust, PEM or DER, or a verifier of your own, which may be asynchronous. */
  readonly trust: TrustOption;
  /** What was already read from the transport and belongs to TLS. Default: nothing. */
  readonly prefix?: Uint8Array;
}

/** What a connection tells a face that names no runtime. */
export interface FaceReceiver extends Omit<ConnectionReceiver, "opened" | "moved"> {
  opened(info: ConnectionInfo): void;
}

/**
 * A connection with the options as every face that names no runtime takes them.
 * @param port where the server listens, if the face knows: sessions with one port's server are not for another's
 * @throws TlsError `invalid_option`, which names the option: before a byte is sent, and before `over` is touched
 */
export function startConnection(
  over: Carrier,
  options: ConnectOptions,
  receiver: FaceReceiver,
  port?: number,
): Connection {
  const { trust, prefix } = options;
  const verifier = verifierFrom(trust);
  if (prefix !== undefined && !(prefix instanceof Uint8Array)) {
    throw localError("invalid_option", `prefix: expected a Uint8Array, got ${typeof prefix}`);
  }
  const provider = options.provider ?? defaultProvider;
  const settings = checkOptions(options, provider, {
    serverName: options.serverName,
    verifier,
    alpn: options.alpn ?? [],
    port,
    trust: options.sessions === undefined ? undefined : trustKnown(trust, provider),
  });
  const transport = transportOver(over);
  return new Connection(
    prefix === undefined || prefix.length === 0 ? transport : withPrefix(transport, prefix),
    settings,
    {
      opened: (handshake, earlyData) =>
        receiver.opened(connectionInfo(handshake, settings.parameters.serverName, earlyData)),
      data: (bytes) => receiver.data(bytes),
      ended: () => receiver.ended(),
      failed: (error) => receiver.failed(error),
      closed: () => receiver.closed(),
    },
  );
}

import type { KeyLog, TlsConnection } from "../../src/index.ts";
import type { Settings } from "./settings.ts";

/** The secrets of the application's traffic, as the key log has them: the server's and the client's. */
export interface TrafficSecrets {
  readonly log: KeyLog;
  read(): Uint8Array;
  write(): Uint8Array;
}

export function trafficSecrets(): TrafficSecrets {
  const secrets = new Map<string, Uint8Array>();
  const named = (label: string): Uint8Array => secrets.get(label) ?? new Uint8Array();
  return {
    log: (line) => {
      const [label = "", , secret = ""] = line.trim().split(" ");
      secrets.set(label, new Uint8Array(Buffer.from(secret, "hex")));
    },
    read: () => named("SERVER_TRAFFIC_SECRET_0"),
    write: () => named("CLIENT_TRAFFIC_SECRET_0"),
  };
}

/** What the runner compares with its own, as the first bytes that the shim writes. */
export function keyingMaterial(
  tls: TlsConnection,
  settings: Settings,
  secrets: TrafficSecrets,
): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const { exportKeyingMaterial, exportLabel, exportContext, useExportContext } = settings;
  if (exportKeyingMaterial > 0) {
    const context = useExportContext ? new TextEncoder().encode(exportContext) : undefined;
    parts.push(tls.exportKeyingMaterial(exportLabel, context, exportKeyingMaterial));
  }
  if (settings.exportTrafficSecrets) {
    const read = secrets.read();
    parts.push(Uint8Array.of(read.length & 0xff, read.length >> 8), read, secrets.write());
  }
  return parts;
}

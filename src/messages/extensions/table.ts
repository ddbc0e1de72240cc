import { applicationLayerProtocolNegotiation } from "./applicationLayerProtocolNegotiation.ts";
import { certificateAuthorities } from "./certificateAuthorities.ts";
import { cookie } from "./cookie.ts";
import { earlyData } from "./earlyData.ts";
import type { Body, ExtensionHost, ExtensionRow } from "./extension.ts";
import { keyShare } from "./keyShare.ts";
import { oidFilters } from "./oidFilters.ts";
import { padding } from "./padding.ts";
import { postHandshakeAuth } from "./postHandshakeAuth.ts";
import { preSharedKey, pskKeyExchangeModes } from "./preSharedKey.ts";
import { serverName } from "./serverName.ts";
import { signatureAlgorithms, signatureAlgorithmsCert } from "./signatureAlgorithms.ts";
import { signedCertificateTimestamp } from "./signedCertificateTimestamp.ts";
import { statusRequest } from "./statusRequest.ts";
import { supportedGroups } from "./supportedGroups.ts";
import { supportedVersions } from "./supportedVersions.ts";
import { unimplementedExtensions } from "./unimplemented.ts";

/** Every extension that this client recognises, by the name of its row. "Allowed here" and "known" are read from here. */
export const extensionTable = {
  serverName,
  statusRequest,
  supportedGroups,
  signatureAlgorithms,
  applicationLayerProtocolNegotiation,
  signedCertificateTimestamp,
  padding,
  preSharedKey,
  earlyData,
  supportedVersions,
  cookie,
  pskKeyExchangeModes,
  certificateAuthorities,
  oidFilters,
  postHandshakeAuth,
  signatureAlgorithmsCert,
  keyShare,
  ...unimplementedExtensions,
} as const;

type Table = typeof extensionTable;
export type ExtensionKey = keyof Table;

type AllowedIn<H extends ExtensionHost> = {
  [K in ExtensionKey]: H extends keyof Table[K]["in"] ? K : never;
}[ExtensionKey];

/** The extensions of a message, decoded, by the name of their row. */
export type DecodedExtensions<H extends ExtensionHost> = { readonly [K in AllowedIn<H>]?: Body<Table[K], H> };

const byType = new Map<number, readonly [ExtensionKey, ExtensionRow]>(
  Object.entries(extensionTable).map(([key, row]) => [row.type, [key as ExtensionKey, row as ExtensionRow]]),
);

export function extensionByType(type: number): readonly [ExtensionKey, ExtensionRow] | undefined {
  return byType.get(type);
}

/** As IANA registers it, else its number. */
export function extensionName(type: number): string {
  return byType.get(type)?.[1].name ?? `extension ${type}`;
}

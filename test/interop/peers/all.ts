// All peers, in the order of the page.

import { botanPeer } from "./botan.ts";
import { gnutlsPeers } from "./gnutls.ts";
import { goPeers } from "./go.ts";
import { jsse } from "./java.ts";
import { nssPeers } from "./nss.ts";
import { opensslPeers } from "./openssl.ts";
import type { Peer } from "./peer.ts";
import { proxies } from "./proxies.ts";
import { runtimes } from "./runtimes.ts";
import { wolfsslPeer } from "./wolfssl.ts";

export const peers: readonly Peer[] = [
  ...opensslPeers,
  ...gnutlsPeers,
  ...nssPeers,
  ...goPeers,
  jsse,
  botanPeer,
  wolfsslPeer,
  ...proxies,
  ...runtimes,
];

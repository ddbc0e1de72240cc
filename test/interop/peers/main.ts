import { cases } from "./cases.ts";
import { peers as go } from "./go.ts";
import { jsse } from "./java.ts";
import { proxies } from "./proxies.ts";
import { runtimes } from "./runtimes.ts";
import { opensslPeers } from "./openssl.ts";
import { gnutlsPeers } from "./gnutls.ts";
import { nssPeers } from "./nss.ts";
import { botanPeer } from "./botan.ts";
import { rowOf } from "./table.ts";
const only = process.argv[2];
for (const peer of [...go, jsse, ...proxies, ...runtimes, ...opensslPeers, ...gnutlsPeers, ...nssPeers, botanPeer]) {
  if (only && !peer.name.includes(only)) continue;
  console.log(peer.name, peer.version);
  if (peer.version === undefined) continue;
  const t = Date.now();
  await rowOf(peer, cases, 64 * 2 ** 20, (name, outcome) => { if (process.argv[3]) console.log(Date.now()-t, name, outcome.kind); if (outcome.kind === "failed") console.log("  ", name, outcome.error); });
  console.log((Date.now() - t) / 1000, "s");
}

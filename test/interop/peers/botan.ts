import { clientCertificates, earlyData, groupCases, lacking, type Peer } from "./peer.ts";
import { type Command, findInTrixie, portOf, serve, temporaryFolder, versionOf } from "./process.ts";
import { echoLines } from "./talks.ts";

const botan = findInTrixie("usr/bin/botan");

/** Its own but for the groups: of the hybrid ones it takes X25519MLKEM768 unasked. */
const policy =
  "key_exchange_groups = x25519 secp256r1 secp384r1 secp521r1 x25519/ML-KEM-768 secp256r1/ML-KEM-768\n";

export const botanPeer: Peer = {
  name: "Botan",
  version: versionOf(botan, ["--version"], /^(\S+)/),
  about: "botan tls_server, which sends back what it gets, line by line",
  protocol: "echo/0.1",
  lacks: {
    ...lacking("Botan has no early data", ...earlyData),
    ...lacking("the command has no option for it", ...clientCertificates),
    ...lacking(
      "it expects another length of the share, and refuses OpenSSL's, too, with illegal_parameter",
      ...groupCases("SecP256r1MLKEM768"),
    ),
    ...lacking("this version has no such group", ...groupCases("SecP384r1MLKEM1024")),
    "certificate: RSA-PSS":
      "it signs by rsa_pss_rsae_* with a key under id-RSASSA-PSS, against RFC 9846 §4.3.3; we refuse that",
    "certificate: Ed25519": "Botan has no Ed25519 in TLS",
    "ALPN: nothing in common":
      "the command answers with its own protocol, whatever was offered, and we refuse that",
    "KeyUpdate: asked for by the peer": "the command has no option for it",
    "abrupt close: by us": "the command keeps what it could not send for whoever comes next",
  },
  start: async ({ chain, psk }) => {
    const folder = temporaryFolder();
    const served = await serve(
      [
        ...(botan as Command),
        "tls_server",
        folder.file("chain.pem", chain.chainPem),
        folder.file("key.pem", chain.leafKeyPem),
        "--port=0",
        `--policy=${folder.file("policy.txt", policy)}`,
        ...(psk === undefined ? [] : [`--psk=${psk.key}`, `--psk-identity=${psk.identity}`]),
      ],
      /Listening for new connections/,
      { folder },
    );
    // It says so before it does.
    const port = await portOf(served);
    return { address: () => ({ host: "127.0.0.1", port }), talk: echoLines, close: served.close };
  },
};

// nginx, HAProxy and Caddy end TLS and hand requests on to an HTTP server of ours.

import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { earlyData, externalPsks, hybrids, lacking, type Peer, type RunningPeer, type Talk } from "./peer.ts";
import {
  type Command,
  type Folder,
  find,
  type Served,
  serve,
  temporaryFolder,
  versionOf,
} from "./process.ts";
import { httpEcho, overHttp } from "./talks.ts";

interface Proxy {
  readonly folder: Folder;
  /** The socket to listen on. */
  readonly listen: string;
  /** Where requests go. */
  readonly backend: number;
}

/** A socket in a folder of its own, so that no port can be taken. */
async function proxied(
  start: (proxy: Proxy) => Promise<Served>,
  talk: Talk = overHttp,
): Promise<RunningPeer> {
  const backend = await httpEcho();
  const folder = temporaryFolder();
  const listen = join(folder.path, "tls.sock");
  try {
    const server = await start({ folder, listen, backend: backend.port });
    await listens(listen, server);
    return {
      address: () => ({ socket: net.connect(listen) }),
      talk,
      close: () => {
        server.close();
        backend.close();
      },
    };
  } catch (error) {
    backend.close();
    throw error;
  }
}

const none = {
  ...lacking("not in its configuration", ...externalPsks, "KeyUpdate: asked for by the peer"),
  ...lacking("the library of Debian 12 has no ML-KEM", ...hybrids),
};

/** Some say that they are ready before they are. */
async function listens(path: string, { child, close }: Served): Promise<void> {
  const late = performance.now() + 20_000;
  while (child.exitCode === null && performance.now() < late) {
    const socket = net.connect(path);
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await setTimeout(10);
  }
  close();
  throw new Error(`${child.spawnfile} does not listen`);
}

/** Without what a peer does only if it is lucky. */
const { both: _, ...oneWay } = overHttp;

const nginxCommand = find("nginx");

const nginx: Peer = {
  name: "nginx",
  version: versionOf(nginxCommand, ["-v"], /nginx\/(\S+)/),
  about: "ends TLS (OpenSSL) and hands POST requests on to a server that sends back their bodies",
  protocol: "http/1.1",
  lacks: {
    ...none,
    "bulk: both ways at once":
      "while it hands on an answer it sometimes forgets that there is more of the request to read",
  },
  start: ({ chain, clientRoots, earlyData }) =>
    proxied(async ({ folder, listen, backend }) => {
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
      const configuration = folder.file(
        "nginx.conf",
        `
        daemon off;
        master_process off;
        pid ${folder.path}/nginx.pid;
        error_log stderr notice;
        events { worker_connections 64; }
        http {
          access_log off;
          ${temporary.map((name) => `${name}_temp_path temp_${name};`).join("\n")}
          server {
            listen unix:${listen} ssl;
            ssl_protocols TLSv1.3;
            ssl_certificate ${folder.file("chain.pem", chain.chainPem)};
            ssl_certificate_key ${folder.file("key.pem", chain.leafKeyPem)};
            ssl_ecdh_curve X25519:P-256:P-384:P-521;
            ${earlyData ? "ssl_early_data on;" : ""}
            ${clientRoots === undefined ? "" : `ssl_client_certificate ${folder.file("clients.pem", clientRoots)}; ssl_verify_client on; ssl_verify_depth 3;`}
            client_max_body_size 0;
            location / {
              proxy_pass http://127.0.0.1:${backend};
              proxy_http_version 1.1;
              proxy_request_buffering off;
              proxy_buffering off;
            }
          }
        }`,
      );
      return serve(
        [...(nginxCommand as Command), "-p", folder.path, "-c", configuration, "-e", "stderr"],
        /event method/,
        { folder },
      );
    }, oneWay),
};

const haproxyCommand = find("haproxy");

const haproxy: Peer = {
  name: "HAProxy",
  version: versionOf(haproxyCommand, ["-v"], /HAProxy version (\S+)/),
  about: "ends TLS (OpenSSL) and hands POST requests on to a server that sends back their bodies",
  protocol: "http/1.1",
  lacks: none,
  start: ({ chain, clientRoots, earlyData }) =>
    proxied(async ({ folder, listen, backend }) => {
      const pem = folder.file("server.pem", chain.chainPem + chain.leafKeyPem);
      const more = [
        ...(earlyData ? ["allow-0rtt"] : []),
        ...(clientRoots === undefined
          ? []
          : [`ca-file ${folder.file("clients.pem", clientRoots)} verify required`]),
      ];
      const configuration = folder.file(
        "haproxy.cfg",
        `
global
  stats socket ${folder.path}/stats.sock
  ssl-default-bind-curves X25519:P-256:P-384:P-521
defaults
  mode http
  timeout connect 20s
  timeout client 20s
  timeout server 20s
frontend tls
  bind unix@${listen} ssl crt ${pem} ssl-min-ver TLSv1.3 alpn http/1.1 ${more.join(" ")}
  default_backend echo
backend echo
  server echo 127.0.0.1:${backend}
`,
      );
      return serve(
        [...(haproxyCommand as Command), "-V", "-db", "-f", configuration],
        /Using \w+\(\) as the polling/,
        { folder },
      );
    }),
};

const caddyCommand = find("caddy");

const caddy: Peer = {
  name: "Caddy",
  version: versionOf(caddyCommand, ["version"], /v?(\d\S*)/),
  about: "ends TLS (Go's crypto/tls) and hands POST requests on to a server that sends back their bodies",
  protocol: "http/1.1",
  lacks: {
    ...none,
    ...lacking("Go's servers take early data over QUIC only", ...earlyData),
    ...lacking(
      "crypto/x509 reads no keys under id-RSASSA-PSS",
      "certificate: RSA-PSS",
      "client certificate: RSA-PSS",
    ),
  },
  start: ({ chain, clientRoots }) =>
    proxied(async ({ folder, listen, backend }) => {
      const clients =
        clientRoots === undefined
          ? ""
          : `client_auth {
               mode require_and_verify
               trusted_ca_cert_file ${folder.file("clients.pem", clientRoots)}
             }`;
      const configuration = folder.file(
        "Caddyfile",
        `{
          admin off
          auto_https disable_redirects
          storage file_system ${folder.path}
          servers {
            protocols h1
          }
        }
        https://localhost {
          bind unix/${listen}
          tls ${folder.file("chain.pem", chain.chainPem)} ${folder.file("key.pem", chain.leafKeyPem)} {
            protocols tls1.3
            alpn http/1.1
            curves x25519 secp256r1 secp384r1 secp521r1
            ${clients}
          }
          reverse_proxy 127.0.0.1:${backend} {
            flush_interval -1
          }
        }`,
      );
      return serve(
        [...(caddyCommand as Command), "run", "--config", configuration, "--adapter", "caddyfile"],
        /serving initial configuration/,
        { folder, env: { ...process.env, HOME: folder.path } },
      );
    }),
};
export const proxies: readonly Peer[] = [nginx, haproxy, caddy];

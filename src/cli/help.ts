import { cipherSuites } from "../crypto/cipherSuites.ts";
import { groups } from "../crypto/groups.ts";
import { defaultTimeout } from "./arguments.ts";

/** --help: what the program does, by example first. */
export const help = `tls13 connects to a TLS 1.3 server, checks who it is, and says what was agreed. Standard input
goes to the server, and what the server sends to standard output; all else is on standard error.
The end of standard input is passed on once the server has been silent for half a second.

  tls13 connect HOST[:PORT] [options]       PORT is 443 if not given; IPv6 in brackets: [::1]:443

Examples
  tls13 connect example.com < /dev/null             who is there, what was agreed, how long it took
  tls13 connect example.com --trace < /dev/null     every message, field by field, with its bytes
  tls13 connect localhost:8443 --ca root.pem --alpn h2,http/1.1
  tls13 connect 10.0.0.5 --servername db.example.net
  tls13 connect mail.example.net:587 --starttls smtp
  printf 'GET / HTTP/1.1\\r\\nHost: example.com\\r\\nConnection: close\\r\\n\\r\\n' |
    tls13 connect example.com --alpn http/1.1
  tls13 connect example.com --session s.bin < /dev/null   twice: the second time it is resumed
  tls13 connect example.com --json 2>&1 < /dev/null | jq 'select(.kind == "connected").path'

Who the server must be
  --servername NAME    the name to ask for, which the certificate must have (default: HOST)
  --ca FILE            trust the certificates in FILE, PEM or DER, and not the system's; repeatable
  --insecure           believe anybody: nothing is verified

Who you are, where the server asks
  --cert FILE          your certificate, and those above it but for the root, PEM or DER
  --key FILE           its private key: PKCS#8, SEC 1 or PKCS#1 (default: in the file of --cert)

What outlives a connection
  --session FILE       resume a session that FILE holds, and keep new ones there; each is used once.
                       FILE is made where there is none; whoever has it can resume in your place
  --reconnect N        connect N more times, and say which were resumed; each connection gets all of
                       standard input, so it is read to its end first
  --early-data FILE    send FILE, or standard input for "-", before the server has answered, where a
                       session allows it. It can be replayed by whoever sees it: only what may come
                       twice belongs there. What is not taken is told, and not sent again
  --psk-identity TEXT  offer a key that the server was given by other means, under this name,
  --psk HEX            16 bytes or more; other users of this machine may see it while this runs

What is offered, in order of preference, with commas between
  --alpn NAMES         application protocols, such as h2,http/1.1 (default: none)
  --ciphers NAMES      ${Object.keys(cipherSuites).join(",")}
  --groups NAMES       ${Object.keys(groups).join(",")}
  --key-shares NAMES   groups whose shares the first hello carries (default: the first of --groups);
                       --key-shares= sends none, so the server has to ask: one more round trip
  --sigalgs NAMES      signature schemes, such as ecdsa_secp256r1_sha256,rsa_pss_rsae_sha256

How to get there
  --starttls PROTOCOL  begin in clear text: smtp (default port 25), imap (143), postgres (5432)
  --timeout MS         for TCP, STARTTLS and handshake together (default: ${defaultTimeout}; 0: no limit)

What to show
  --trace              each message decoded, with its bytes; keys, alerts, steps of the verification
  --json               the same for programs, on standard error: an object a line, each with "time"
                       in ms and "kind": tcp, starttls, message ("bytes" in hex, "fields" as a tree
                       of name, value, start, end, children), change_cipher_spec, keys, alert,
                       verification, connected (all of the summary), warning, error, closed
  --keylog FILE        append the secrets to FILE, for Wireshark (default: $SSLKEYLOGFILE, if set);
                       whoever has them can read the connection
  --version, --help    this program's version; this text

Exit codes
  0  ended cleanly
  1  usage: an option, a value or a file is wrong
  2  could not connect: no such host, refused, or the time was over before TCP stood
  3  TLS or STARTTLS failed, or the time was over after TCP stood; see the code and the alert
  4  the certificate is not trusted, or can't be read as one
`;

import { cipherSuites } from "../crypto/cipherSuites.ts";
import { groups } from "../crypto/groups.ts";
import { defaultTimeout } from "./connectArguments.ts";
import type { CommandName } from "./optionTable.ts";

/** --help: what the program does, by example first. */
export function helpFor(command: CommandName | undefined): string {
  return command === undefined ? overview : command === "connect" ? connectHelp : verifyHelp;
}

const groupNames = Object.keys(groups);

const overview = `tls13 speaks TLS 1.3, and judges certificates.

  tls13 connect HOST[:PORT] [options]               a connection, who is there, and what was agreed
  tls13 verify CHAIN.pem --name NAME [options]      certificates in a file, with no connection

Examples
  tls13 connect example.com < /dev/null
  tls13 verify chain.pem --name example.com

  tls13 connect --help, tls13 verify --help         all options of each, and more examples
  tls13 --version                                   this program's version

Exit codes
  0  ended cleanly, or trusted
  1  usage: an option, a value or a file is wrong
  2  could not connect: no such host, refused, or the time was over before TCP stood
  3  TLS or STARTTLS failed, or the time was over after TCP stood; see the code and the alert
  4  the certificate is not trusted, or can't be read as one
`;

const profileHelp = `\
  --profile NAME       the rules for certificates: rfc5280, webpki (what public ones keep besides),
                       private (without what organisations' own CAs break daily); default: webpki
                       for roots on Mozilla's list, private for all others`;

const connectHelp = `tls13 connect goes to a TLS 1.3 server, checks who it is, and says what was agreed. Standard input
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
${profileHelp}
  --crl FILE           look certificates up in the revocation lists in FILE, PEM or DER; repeatable
  --insecure           believe anybody: nothing is verified

Who you are, where the server asks
  --cert FILE          your certificate, and those above it but for the root, PEM or DER
  --key FILE           its private key: PKCS#8, SEC 1 or PKCS#1 (default: in the file of --cert)
  --passphrase-file FILE  what an encrypted key is read with: the first line of FILE

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
  --psk-hash NAME      the hash that the key is for: sha256 (default) or sha384

What is offered, in order of preference, with commas between
  --alpn NAMES         application protocols, such as h2,http/1.1 (default: none)
  --ciphers NAMES      ${Object.keys(cipherSuites).join(",")}
  --groups NAMES       ${groupNames.slice(0, 5).join(",")},
                       ${groupNames.slice(5).join(",")}
                       (default: those without MLKEM; X25519MLKEM768 too where this Node has it)
  --key-shares NAMES   groups whose shares the first hello carries (default: the first of --groups,
                       and beside one with MLKEM the first without);
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

const verifyHelp = `tls13 verify judges certificates as a TLS client would, with no connection: whether a path leads
from the first one to a trusted root, for this name, purpose and time; and if not, why not.

  tls13 verify CHAIN.pem --name NAME [options]      the certificate in question first, the others in
                                                    any order; PEM, or one alone in DER

Examples
  tls13 verify chain.pem --name example.com         as a browser's roots would have it
  tls13 verify chain.pem --name db.internal --ca our-root.pem
  tls13 verify chain.pem --name example.com --at 2027-01-01      will it be valid then?
  tls13 verify chain.pem --name example.com --profile webpki     would a public CA have issued it?
  tls13 verify chain.pem --name example.com --crl ca.crl --ocsp response.der
  tls13 verify mail.pem --purpose email --name me@example.com
  tls13 verify device.pem --purpose client --ca our-root.pem
  tls13 verify chain.pem --name example.com --json | jq '.failures[].rule'

What is asked
  --name NAME          the DNS name or IP address of the server, or a mailbox; may be left out where
                       the purpose is client or email
  --purpose PURPOSE    server (default), client or email
  --at TIME            the time to judge by: 2027-01-31, or 2027-01-31T12:00:00Z (default: now)
  --depth N            how many certificates may stand between the first and the root

Who is trusted, by which rules
  --ca FILE            trust the certificates in FILE, PEM or DER, and not the system's; repeatable
${profileHelp}

Was it revoked: only what is given is looked at, nothing is fetched
  --crl FILE           revocation lists, PEM or DER; repeatable
  --ocsp FILE          an OCSP response in DER, as a server would staple it

What to show
  --json               the verdict as data, an object: trusted, words, profile, path, anchor, notes;
                       failures and attempts by rule, with certificates by subject and SHA-256
  --version, --help    this program's version; this text

Exit codes
  0  trusted
  1  usage: an option, a value or a file is wrong, or a file can't be read
  4  not trusted
`;

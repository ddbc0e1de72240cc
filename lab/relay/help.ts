import { defaultLimits } from "./limits.ts";

const { connections, connectionsPerAddress, bytes, message, connectTimeout, idleTimeout } = defaultLimits;

/** --help: what the program does, by example first. */
export const help = `relay leads WebSockets of a page's to TCP servers, so that the page can speak TLS with them by itself.
It sees where a connection leads and what passes, which is ciphertext once TLS has begun. It leads to
the targets that it is given and nowhere else, and serves pages of the origins that it is given only.

  relay --target HOST:PORT --origin ORIGIN [options]

Examples
  relay --target www.example.com:443 --origin http://localhost:8080
  relay --private-target db.internal:5432 --origin https://lab.example --listen 0.0.0.0:8081
  relay --target [::1]:443 --target mail.example.net:587 --origin https://lab.example

  A page reaches a target by its name as the path, in the spelling in which it is listed:
  new WebSocket("ws://127.0.0.1:8081/www.example.com:443")

Where it leads, and for whom
  --target HOST:PORT           a server; repeatable. A name may lead to public addresses only, whatever
                               DNS says; an address is what it is, and localhost this machine
  --private-target HOST:PORT   … whose name may lead to addresses of this machine and its networks
  --origin ORIGIN              of pages that may use it, as browsers send it; repeatable. Other
                               programs can claim any origin: it protects users, not targets
  --listen ADDRESS:PORT        where it waits for pages (default: 127.0.0.1:8081; port 0: a free one).
                               It speaks no TLS itself: pages of https:// reach it on this machine,
                               or through a web server that passes WebSockets on

How much at most
  --connections N              at a time (default: ${connections})
  --per-address N              … from one address, or one /64 of IPv6 (default: ${connectionsPerAddress}); behind a web
                               server all come from one
  --bytes N                    of a connection, both directions together (default: ${bytes})
  --message N                  bytes of a WebSocket message (default: ${message})
  --connect-timeout MS         for the target to accept (default: ${connectTimeout})
  --idle-timeout MS            without a byte in either direction (default: ${idleTimeout})

What the page gets when a connection ends, as the code of the WebSocket's close
  1000 the target has ended it        1001 the relay stops           1003 a text message
  1008 the target is not listed       1009 a message is too long     1013 too many connections
  1014 the target is not to be reached, or broke off
  4408 idle for too long              4413 too many bytes            4504 no answer from the target

It writes a line for each connection, never what passed. Ctrl-C ends it.
`;

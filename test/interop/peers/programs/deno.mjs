// A TLS server on Deno.listenTls, which is rustls, that sends back what it gets. Arguments: chain, key.

const [cert, key] = Deno.args.slice(0, 2).map((file) => Deno.readTextFileSync(file));
const listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key, alpnProtocols: ["tls13"] });
console.log(`listening on ${listener.addr.port}`);
for (;;) {
  let connection;
  try {
    connection = await listener.accept();
  } catch {
    continue;
  }
  connection.readable.pipeTo(connection.writable).catch(() => {});
}

// A Worker that asks PostgreSQL who it is, as whoever the request is for: https://…/alice shows alice's certificate.

import { connect } from "cloudflare:sockets";
import pg from "pg";
import postgres from "postgres";
import { createClientIdentity } from "tls13";
import { createSocket } from "tls13/socket";
import { askForTls } from "./askForTls.mjs";

const question = `select usename as "user", client_dn as certificate, version, cipher
  from pg_stat_ssl join pg_stat_activity using (pid) where pid = pg_backend_pid()`;

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const user = pathname.slice(1);
    try {
      const ask = searchParams.get("driver") === "postgres" ? askWithPostgres : askWithPg;
      return Response.json(await ask(user, optionsFor(user, env), env));
    } catch ({ code, message }) {
      return Response.json({ code, message }, { status: 502 });
    }
  },
};

/** What a Worker's own connect() has no word for: a private CA, and a client certificate of this request's. */
function optionsFor(user, env) {
  const certificates = JSON.parse(env.CERTIFICATES);
  const identity = certificates[user] && createClientIdentity(certificates[user]);
  return { open: connect, trust: { roots: [env.ROOT] }, identity };
}

/** pg speaks in clear text until the server agrees to TLS, and then calls startTls(). */
async function askWithPg(user, options, { HOST: host, PORT: port }) {
  const client = new pg.Client({
    ...{ host, port: Number(port), user, database: "postgres", ssl: true },
    stream: () => createSocket(options),
  });
  try {
    await client.connect();
    const { rows } = await client.query(question);
    return rows[0];
  } finally {
    await client.end();
  }
}

/** postgres takes a socket on which TLS has been agreed already. */
async function askWithPostgres(user, options, { HOST: host, PORT: port }) {
  const sql = postgres({
    ...{ host, port: Number(port), user, database: "postgres", max: 1, fetch_types: false },
    socket: () => askForTls(createSocket(options), Number(port), host),
  });
  try {
    const [row] = await sql.unsafe(question);
    return row;
  } finally {
    await sql.end();
  }
}

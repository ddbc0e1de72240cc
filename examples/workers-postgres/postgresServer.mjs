import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { join } from "node:path";

/** The folder with PostgreSQL's own programs; undefined where it is not installed. Debian keeps them out of the PATH. */
export function postgresPrograms() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return [
    ...versions.map((version) => `${debian}/${version}/bin`),
    ...(process.env.PATH ?? "").split(":"),
  ].find((folder) => existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres")));
}

/**
 * A PostgreSQL of its own in `folder`, on loopback and a free port, which lets in nobody but who shows a certificate of the
 * root's with the user's name, or in a database with `passwords` whoever knows that of a user. `setup` is SQL, a statement a line.
 *
 * @param {string} programs
 * @param {string} folder
 * @param {{ users?: string[], passwords?: Record<string, string>, root?: string, cert: string, key: string, setup?: string }} server
 */
export async function startPostgres(programs, folder, server) {
  const { users = [], passwords, root, cert, key, setup = "" } = server;
  const account = accountToRunAs();
  const data = join(folder, "data");
  mkdirSync(data, { mode: 0o700 });
  if (account.uid !== undefined) {
    for (const path of [folder, data]) chownSync(path, account.uid, account.gid);
  }
  const environment = { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" };
  const options = { ...account, cwd: folder, env: environment, stdio: ["pipe", "ignore", "pipe"] };
  const run = (program, args, input) => execFileSync(join(programs, program), args, { ...options, input });
  const own = ["-D", data, "-U", "postgres", "-A", "reject", "-E", "UTF8", "--no-locale", "--no-sync"];
  run("initdb", own);

  const file = (name, text) => {
    writeFileSync(join(data, name), text);
    chmodSync(join(data, name), 0o600);
    if (account.uid !== undefined) chownSync(join(data, name), account.uid, account.gid);
  };
  file("server.crt", cert);
  file("server.key", key);
  if (root !== undefined) file("root.crt", root);
  const method = passwords === undefined ? "cert clientcert=verify-full" : "scram-sha-256";
  file("pg_hba.conf", `hostssl all all all ${method}\n`);
  const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
  const roles = [
    ...users.map((user) => `create role ${user} login;\n`),
    ...Object.entries(passwords ?? {}).map(
      ([user, password]) => `create role ${user} login password ${quoted(password)};\n`,
    ),
  ];
  run("postgres", ["--single", "-D", data, "postgres"], `${roles.join("")}${setup}`);

  const settings = {
    listen_addresses: "localhost",
    unix_socket_directories: "",
    ssl: "on",
    ...(root === undefined ? {} : { ssl_ca_file: "root.crt" }),
    ssl_min_protocol_version: "TLSv1.3",
    fsync: "off",
  };
  const set = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const child = spawn(join(programs, "postgres"), ["-D", data, "-p", `${port}`, ...set], {
      ...options,
      stdio: ["ignore", "ignore", "pipe"],
    });
    const said = await saidUntilReady(child);
    if (said === "ready") return { port, stop: () => stop(child) };
    if (attempt === 5 || !/in use/.test(said)) throw new Error(`postgres did not start:\n${said}`);
  }
}

/** PostgreSQL refuses to run as root. */
function accountToRunAs() {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] =
      readFileSync("/etc/passwd", "utf8")
        .split("\n")
        .find((line) => line.startsWith(`${name}:`))
        ?.split(":") ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error("there is no account but root's, which PostgreSQL refuses to run as");
}

async function freePort() {
  const server = net.createServer().listen(0, "localhost");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** "ready", or what it said until it ended. */
async function saidUntilReady(child) {
  let said = "";
  for await (const chunk of child.stderr.iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (!/ready to accept connections/.test(said)) continue;
    child.stderr.resume();
    return "ready";
  }
  return said;
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  // Fast shutdown: connections are cut, children ended.
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGQUIT"), 10_000);
  await exit;
  clearTimeout(timer);
}

// Logs in to a server with keys that SoftHSM holds:
//
//   apt install softhsm2 openssl && npm run build
//   npm install --prefix examples/pkcs11 --no-save --no-package-lock graphene-pk11
//   node examples/pkcs11/main.mjs
//
// It brings all that it needs: a token in a folder of its own, keys, certificates, a server of node:tls that demands one.
// What is not on this machine is a reason to skip it; with --require, to fail.

import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";
import { connect, createClientIdentity } from "tls13/node";

const library = [
  process.env.PKCS11_MODULE,
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/local/lib/softhsm/libsofthsm2.so",
  "/opt/homebrew/lib/softhsm/libsofthsm2.so",
].find((path) => path !== undefined && existsSync(path));
const signers = await import("./pkcs11Signer.mjs").catch((error) => {
  if (error.code === "ERR_MODULE_NOT_FOUND") return undefined;
  throw error;
});
if (library === undefined || signers === undefined) {
  console.log(`skipped: ${library === undefined ? "SoftHSM" : "graphene-pk11"} is not on this machine`);
  process.exit(process.argv.includes("--require") ? 1 : 0);
}

const folder = mkdtempSync(join(tmpdir(), "tls13-pkcs11-"));
const file = (name) => join(folder, name);
const run = (program, ...args) => execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });

try {
  writeFileSync(file("softhsm2.conf"), `directories.tokendir = ${folder}\nobjectstore.backend = file\n`);
  process.env.SOFTHSM2_CONF = file("softhsm2.conf");
  const [token, pin] = ["tls13", "1234"];
  run("softhsm2-util", "--init-token", "--free", "--label", token, "--pin", pin, "--so-pin", pin);

  makeCertificate("server", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256");
  for (const [i, [label, ...newKey]] of [
    ["p256", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    ["rsa", "-newkey", "rsa:2048"],
  ].entries()) {
    // Only because a certificate is needed for the example: a key that counts is made where it stays.
    makeCertificate(label, ...newKey);
    const where = ["--token", token, "--pin", pin, "--label", label, "--id", `0${i + 1}`];
    run("softhsm2-util", "--import", file(`${label}.key`), ...where);
    rmSync(file(`${label}.key`));

    const signer = signers.pkcs11Signer({ library, token, pin, key: label });
    try {
      await logIn(label, createClientIdentity({ cert: readFileSync(file(`${label}.pem`)), key: signer }));
    } finally {
      signer.close();
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

function makeCertificate(name, ...newKey) {
  const out = ["-keyout", file(`${name}.key`), "-out", file(`${name}.pem`)];
  const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost", "-days", "1"];
  const uses = ["-addext", "keyUsage=digitalSignature", "-addext", "extendedKeyUsage=serverAuth,clientAuth"];
  run("openssl", "req", "-x509", "-nodes", ...newKey, ...out, ...subject, ...uses);
}

async function logIn(label, identity) {
  const server = tls.createServer(
    {
      cert: readFileSync(file("server.pem")),
      key: readFileSync(file("server.key")),
      requestCert: true,
      ca: readFileSync(file(`${label}.pem`)),
      minVersion: "TLSv1.3",
    },
    (socket) => setImmediate(() => socket.end(`hello, ${socket.getPeerCertificate().subject.CN}\n`)),
  );
  server.listen(0, "localhost");
  await once(server, "listening");
  const socket = connect({
    host: "localhost",
    port: server.address().port,
    ca: readFileSync(file("server.pem")),
    identity,
    requireIdentity: true,
  });
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  server.close();
  if (answer !== `hello, ${label}\n`) throw new Error(`expected a greeting, got ${JSON.stringify(answer)}`);
  console.log(`${label}: ${answer.trim()}`);
}

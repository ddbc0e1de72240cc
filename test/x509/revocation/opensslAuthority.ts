// An authority that the openssl command runs, with its database, its CRL and its OCSP responder: not one byte of what it
// says is written by this project. test/vectors/openssl-revocation.json is what makeAuthority() gave once, as JSON.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Certificates and CRLs in PEM, OCSP responses in base64. */
export interface OpensslAuthority {
  readonly openssl: string;
  /** Seconds since 1970. */
  readonly madeAt: number;
  readonly root: string;
  readonly good: string;
  readonly revoked: string;
  readonly mustStaple: string;
  /** Not in the database any more. */
  readonly unknown: string;
  readonly crl: string;
  /** Of the same, from a configuration without crlnumber. */
  readonly crlWithoutNumber: string;
  readonly responses: Readonly<Record<ResponseName, string>>;
}

type ResponseName =
  | "good"
  | "goodBySha256"
  | "goodByKey"
  | "goodByDelegate"
  | "goodWithoutNextUpdate"
  | "revoked"
  | "mustStaple"
  | "unknown";

const configuration = `
[ca]
default_ca = authority
[authority]
database = index.txt
new_certs_dir = .
serial = serial
crlnumber = crlnumber
default_md = sha256
default_days = 36500
default_crl_days = 36500
policy = policy
unique_subject = no
[policy]
commonName = supplied
[req]
distinguished_name = policy
[crl]
authorityKeyIdentifier = keyid
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
subjectAltName = DNS:a.example
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
[must]
subjectAltName = DNS:a.example
tlsfeature = status_request
[responder]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
noCheck = ignored
`;

export function hasOpenssl(): boolean {
  const found = spawnSync("openssl", ["version"], { encoding: "utf8" });
  const has = found.status === 0 && found.stdout.startsWith("OpenSSL ");
  if (!has) console.warn("openssl ca and ocsp: not on this machine, so their tests are skipped");
  return has;
}

export function makeAuthority(): OpensslAuthority {
  const folder = mkdtempSync(join(tmpdir(), "tls13-authority-"));
  const run = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync("openssl", args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const read = (name: string): string => readFileSync(join(folder, name), "utf8");
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  try {
    write("ca.cnf", configuration);
    write("index.txt", "");
    write("serial", "1000\n");
    write("crlnumber", "01\n");
    const newKey = (name: string): readonly string[] => [
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
      ...["-keyout", `${name}.key`, "-config", "ca.cnf", "-subj", `/CN=${name}`],
    ];
    run("req", "-x509", ...newKey("root"), "-out", "root.pem", "-days", "36500", "-extensions", "root");
    const authority = ["-batch", "-config", "ca.cnf", "-cert", "root.pem", "-keyfile", "root.key"];
    const issue = (name: string, section: string): string => {
      run("req", "-new", ...newKey(name), "-out", `${name}.csr`);
      run("ca", ...authority, "-in", `${name}.csr`, "-out", `${name}.pem`, "-notext", "-extensions", section);
      return read(`${name}.pem`);
    };
    const [good, revoked, mustStaple, unknown] = [
      issue("good", "leaf"),
      issue("revoked", "leaf"),
      issue("must", "must"),
      issue("missing", "leaf"),
    ];
    issue("responder", "responder");
    run("ca", ...authority, "-revoke", "revoked.pem", "-crl_reason", "keyCompromise");
    run("ca", ...authority, "-gencrl", "-crlexts", "crl", "-out", "crl.pem");
    // Where openssl has no file to count in it numbers nothing.
    write("bare.cnf", configuration.replace(/crlnumber.*\n/, ""));
    run(
      ...["ca", "-config", "bare.cnf", "-cert", "root.pem", "-keyfile", "root.key"],
      ...["-gencrl", "-out", "bare.pem"],
    );
    write("index.txt", read("index.txt").replace(/.*CN=missing\n/, ""));

    const answer = (name: string, signer = "root", hash = "-sha1", ...more: readonly string[]): string => {
      run("ocsp", "-issuer", "root.pem", hash, "-cert", `${name}.pem`, "-no_nonce", "-reqout", "request");
      run(
        ...["ocsp", "-index", "index.txt", "-CA", "root.pem", "-rsigner", `${signer}.pem`],
        ...["-rkey", `${signer}.key`, "-reqin", "request", "-respout", "response", ...more],
      );
      return readFileSync(join(folder, "response")).toString("base64");
    };
    const forLong = ["-ndays", "36500"];
    return {
      openssl: run("version").trim(),
      madeAt: Math.floor(Date.now() / 1000),
      root: read("root.pem"),
      good,
      revoked,
      mustStaple,
      unknown,
      crl: read("crl.pem"),
      crlWithoutNumber: read("bare.pem"),
      responses: {
        good: answer("good", "root", "-sha1", ...forLong),
        goodBySha256: answer("good", "root", "-sha256", ...forLong),
        goodByKey: answer("good", "root", "-sha1", ...forLong, "-resp_key_id"),
        goodByDelegate: answer("good", "responder", "-sha1", ...forLong),
        goodWithoutNextUpdate: answer("good"),
        revoked: answer("revoked", "root", "-sha1", ...forLong),
        mustStaple: answer("must", "root", "-sha1", ...forLong),
        unknown: answer("missing", "root", "-sha1", ...forLong),
      },
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

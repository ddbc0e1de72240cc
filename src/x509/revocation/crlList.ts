import { DerError } from "../../der/error.ts";
import { type Bytes, copyOf } from "../../wire/bytes.ts";
import { localError } from "../../wire/error.ts";
import { decodeBlock, PemError, pemBlocks } from "../pem.ts";
import { isDer, isPemOrDer, type PemOrDer, textOf } from "../pemOrDer.ts";
import { type Crl, parseCrl } from "./crl.ts";

/** CRLs: each one in DER, or text (as a string or as bytes) with one or more in PEM. */
export type CrlFiles = Iterable<PemOrDer>;

/** @throws TlsError `invalid_option` for what is no CRL */
export function readCrls(files: CrlFiles): readonly Crl[] {
  const crls: Crl[] = [];
  for (const file of files) {
    try {
      for (const der of dersOf(file)) crls.push(parseCrl(der));
    } catch (error) {
      if (!(error instanceof DerError || error instanceof PemError)) throw error;
      throw localError("invalid_option", `crls: ${error.message}`);
    }
  }
  return crls;
}

function dersOf(file: PemOrDer): readonly Bytes[] {
  if (!isPemOrDer(file)) throw localError("invalid_option", `crls: expected PEM or DER, got ${typeof file}`);
  if (isDer(file)) return [copyOf(file)];
  const blocks = pemBlocks(textOf(file));
  // RFC 7468 §6
  const lists = blocks.filter(({ label }) => label === "X509 CRL");
  if (lists.length > 0) return lists.map(decodeBlock);
  const got = blocks.length === 0 ? "no PEM at all" : blocks.map(({ label }) => label).join(", ");
  throw new PemError(`expected CRLs in PEM (-----BEGIN X509 CRL-----), got ${got}`);
}

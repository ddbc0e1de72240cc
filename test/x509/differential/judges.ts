import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultProvider } from "../../../src/crypto/provider/node.ts";
import { DerError } from "../../../src/der/error.ts";
import type { Bytes } from "../../../src/wire/bytes.ts";
import { anchorSource } from "../../../src/x509/anchorSource.ts";
import { certificateCache } from "../../../src/x509/cache.ts";
import { parseReferenceName, type ReferenceName } from "../../../src/x509/names.ts";
import type { Profile } from "../../../src/x509/profile.ts";
import { anchorFromCertificate } from "../../../src/x509/trustAnchor.ts";
import { verifyChain } from "../../../src/x509/verify.ts";
import { toPem } from "../../certificates.ts";
import { type Chain, now, wanted } from "./draft.ts";

const version = spawnSync("openssl", ["version"], { encoding: "utf8" }).stdout ?? "";

/** Whether there is an openssl of the release that the table of differences was made with: others judge otherwise. */
export const hasOpenssl: boolean = version.startsWith("OpenSSL 3.0.");
if (!hasOpenssl) console.warn("openssl 3.0: not on this machine, so nothing is compared with its verdicts");

export interface Judgement {
  readonly trusted: boolean;
  /** In the judge's words. */
  readonly why: string;
}

/** What this project says. */
export async function ours({ root, intermediate, leaf }: Chain, profile: Profile): Promise<Judgement> {
  let anchors: ReturnType<typeof anchorSource>;
  try {
    anchors = anchorSource([anchorFromCertificate(root)]);
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return { trusted: false, why: `root: ${error.message}` };
  }
  const verdict = await verifyChain(
    [leaf, intermediate],
    {
      time: now,
      wanted: parseReferenceName(wanted) as ReferenceName,
      purpose: "server",
      profile,
      maxIntermediates: undefined,
    },
    {
      anchors,
      provider: defaultProvider,
      cache: certificateCache(2),
      watch: undefined,
      checks: [],
      evidence: { ocspResponse: undefined, signedCertificateTimestamps: [] },
    },
  );
  if (verdict.trusted) return { trusted: true, why: "" };
  return { trusted: false, why: `${verdict.failure.rule} ${verdict.failure.about}`.trim() };
}

/**
 * What `openssl verify -x509_strict` says, of many chains in one process: each has names of its own, so all roots can be
 * trusted and all intermediates offered at once. Keys and hashes of less than 112 bits are refused, as they are here.
 */
export function openssl(chains: readonly Chain[]): readonly Judgement[] {
  const folder = mkdtempSync(join(tmpdir(), "tls13-differential-"));
  try {
    const judgements: Judgement[] = [];
    const readable: number[] = [];
    for (const [i, chain] of chains.entries()) {
      // One file that can't be read would spoil all of them.
      const unreadable = (["root", "intermediate", "leaf"] as const).find((at) => !isReadable(chain[at]));
      judgements.push({
        trusted: false,
        why: unreadable === undefined ? "no answer" : `unreadable ${unreadable}`,
      });
      if (unreadable === undefined) readable.push(i);
    }
    const file = (name: string, ders: readonly Bytes[]): string => {
      const path = join(folder, name);
      writeFileSync(path, ders.map((der) => toPem(der)).join(""));
      return path;
    };
    const at = (i: number): Chain => chains[i] as Chain;
    const { stdout, stderr, error } = spawnSync(
      "openssl",
      [
        ...["verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-auth_level", "2"],
        ...["-purpose", "sslserver", "-verify_hostname", wanted, "-attime", String(now)],
        ...[
          "-CAfile",
          file(
            "roots.pem",
            readable.map((i) => at(i).root),
          ),
        ],
        ...[
          "-untrusted",
          file(
            "intermediates.pem",
            readable.map((i) => at(i).intermediate),
          ),
        ],
        ...readable.map((i) => file(`${i}.pem`, [at(i).leaf])),
      ],
      { encoding: "utf8", maxBuffer: 2 ** 28 },
    );
    if (error !== undefined) throw error;
    for (const [, number] of stdout.matchAll(/(\d+)\.pem: OK/g)) {
      judgements[Number(number)] = { trusted: true, why: "" };
    }
    let why = "";
    for (const line of stderr.split("\n")) {
      const reason = /error \d+ at (\d+) depth lookup: ?(.*)$/.exec(line);
      if (reason !== null) why ||= `${reason[2]} (at depth ${reason[1]})`;
      const failed = /^error .*?(\d+)\.pem: verification failed/.exec(line);
      if (failed !== null) {
        judgements[Number(failed[1])] = { trusted: false, why };
        why = "";
      }
    }
    return judgements;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isReadable(der: Bytes): boolean {
  try {
    // Node takes PEM in place of DER too, but nothing here begins so.
    return new X509Certificate(der).raw.length === der.length;
  } catch {
    return false;
  }
}

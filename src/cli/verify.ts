import type { Bytes } from "../wire/bytes.ts";
import { certificatesFromPem, PemError } from "../x509/pem.ts";
import { isDer, textOf } from "../x509/pemOrDer.ts";
import { stapledOcsp } from "../x509/revocation/index.ts";
import { type ExitCode, exitCodes } from "./exitCodes.ts";
import { readInput } from "./files.ts";
import type { Io } from "./io.ts";
import { judge } from "./judgement.ts";
import { styleFor } from "./report/style.ts";
import { verdictData } from "./report/verdictJson.ts";
import { verdictLines } from "./report/verdictText.ts";
import { crlChecks, rootsFrom } from "./trustOptions.ts";
import { UsageError } from "./usageError.ts";
import type { VerifyCommand } from "./verifyArguments.ts";

/** `tls13 verify`: judges certificates of a file, with no connection. @throws UsageError */
export async function verifyCommand(command: VerifyCommand, { stdout, env }: Io): Promise<ExitCode> {
  const { file, caFiles, crlFiles, ocspFile } = command;
  const chain = certificatesOf(file);
  const ocspResponse = ocspFile === undefined ? undefined : readInput("--ocsp", ocspFile);
  const judgement = await judge({
    chain,
    question: {
      time: command.at ?? Math.floor(Date.now() / 1000),
      wanted: command.wanted,
      purpose: command.purpose,
      profile: command.profile,
      maxIntermediates: command.depth,
    },
    roots: rootsFrom(caFiles),
    // Whether a server staples, a file does not tell: only a response that is given is judged.
    checks: [...(ocspResponse === undefined ? [] : [stapledOcsp()]), ...crlChecks(crlFiles)],
    evidence: { ocspResponse, signedCertificateTimestamps: [] },
    caFiles,
  });
  const lines = command.json
    ? [JSON.stringify(verdictData(judgement))]
    : verdictLines(judgement, styleFor(stdout, env));
  stdout.write(`${lines.join("\n")}\n`);
  return judgement.verdict.trusted ? exitCodes.ok : exitCodes.untrusted;
}

/** @throws UsageError */
function certificatesOf(file: string): readonly Bytes[] {
  const bytes = readInput("verify", file);
  if (isDer(bytes)) return [bytes];
  try {
    return certificatesFromPem(textOf(bytes));
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw new UsageError(`verify: ${file}: ${error.message}`);
  }
}

import type { Bytes } from "../../../src/wire/bytes.ts";
import { type CertificateDescription, describeCertificate } from "../../../src/x509/describe.ts";

export { runScenario as run } from "../runScenario.ts";

/** What stands in each certificate, or why it can't be read. */
export function describeChain(chain: readonly Bytes[]): readonly (CertificateDescription | string)[] {
  return chain.map((der) => {
    try {
      return describeCertificate(der);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  });
}

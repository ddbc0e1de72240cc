import { readFileSync } from "node:fs";
import { setTimeout as later } from "node:timers/promises";
import {
  certificateError,
  createServerVerifier,
  type PresentedCertificates,
  type ServerVerifier,
  trustAnything,
} from "../../src/index.ts";
import type { Settings } from "./settings.ts";

/** The name that all of the runner's certificates are for, whatever name it has the shim ask for. */
const nameInCertificates = "test";

/**
 * The built-in verifier where the runner wants certificates verified; a callback of the program's, where it wants one;
 * else any certificate is believed, for most cases are not about that.
 */
export function verifierOf(settings: Settings): ServerVerifier {
  const { async, verifyPeer, useCustomVerifyCallback, verifyFail, failOcspCallback, trustCert } = settings;
  const judge =
    verifyPeer && !useCustomVerifyCallback
      ? createServerVerifier({ roots: trustCert === undefined ? [] : [readFileSync(trustCert, "utf8")] })
      : trustAnything();
  const refuses = verifyFail && (verifyPeer || useCustomVerifyCallback);
  return async (presented: PresentedCertificates) => {
    if (async) await later(1);
    if (refuses) throw certificateError("certificate_rejected", "the callback was told to refuse it");
    if (failOcspCallback) {
      throw certificateError("certificate_status_invalid", "the callback was told to refuse the response");
    }
    return judge({ ...presented, serverName: nameInCertificates });
  };
}

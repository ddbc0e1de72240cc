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
      ? createServerVerifier({ roots: trustCert ? [readFileSync(trustCert, "utf8")] : [] })
      : trustAnything();
  const knowsKey = settings.credentials.some(({ kind }) => kind === "psk");
  const refuses = verifyFail && (verifyPeer || useCustomVerifyCallback);
  return async (presented: PresentedCertificates) => {
    if (async) await later(1);
    if (refuses) throw certificateError("certificate_rejected", "the callback was told to refuse it");
    if (failOcspCallback) {
      throw certificateError("certificate_status_invalid", "the callback was told to refuse the response");
    }
    // Whoever has a key for the server, and asks for no certificate to be verified, wants nobody but who knows it.
    if (knowsKey && !verifyPeer) throw certificateError("certificate_rejected", "a PSK is wanted");
    return judge({ ...presented, serverName: nameInCertificates });
  };
}

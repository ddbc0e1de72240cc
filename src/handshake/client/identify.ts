import type { CryptoProvider } from "../../crypto/provider.ts";
import type { OriginalCertificate } from "../../session/session.ts";
import type { PresentedCertificates, ServerIdentity, VerificationStep } from "../../trust/verifier.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { localError, TlsError } from "../../wire/error.ts";
import type { Abortable, HandshakeChannel } from "../channel.ts";
import type { ClientParameters } from "./parameters.ts";

export type WatchVerification = (step: VerificationStep) => void;

/** Asks the verifier who the server is. */
export function identify(
  channel: HandshakeChannel,
  { provider, serverName, verifier }: ClientParameters,
  certificate: OriginalCertificate,
  watch: WatchVerification | undefined,
): Promise<ServerIdentity> {
  return channel.during(async (abortable) => {
    try {
      return await verifier(new Presented(certificate, serverName, provider, abortable, watch));
    } catch (error) {
      if (error instanceof TlsError) throw error;
      throw localError("internal_error", "the certificate verifier failed", error);
    }
  });
}

/** A class for its getter alone: most verifiers never look at the signal. */
class Presented implements PresentedCertificates {
  readonly chain: readonly Bytes[];
  readonly serverName: string;
  readonly ocspResponse: Bytes | undefined;
  readonly signedCertificateTimestamps: readonly Bytes[];
  readonly time: number;
  readonly provider: CryptoProvider;
  readonly step: WatchVerification | undefined;
  readonly #abortable: Abortable;

  constructor(
    { chain, ocspResponse, signedCertificateTimestamps }: OriginalCertificate,
    serverName: string,
    provider: CryptoProvider,
    abortable: Abortable,
    watch: WatchVerification | undefined,
  ) {
    this.chain = chain;
    this.serverName = serverName;
    this.ocspResponse = ocspResponse;
    this.signedCertificateTimestamps = signedCertificateTimestamps;
    this.time = provider.now();
    this.provider = provider;
    this.step = watch;
    this.#abortable = abortable;
  }

  get signal(): AbortSignal {
    return this.#abortable.signal;
  }
}

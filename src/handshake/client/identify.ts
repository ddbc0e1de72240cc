import type { CryptoProvider } from "../../crypto/provider.ts";
import type { OriginalCertificate } from "../../session/session.ts";
import type { PresentedCertificates, ServerIdentity, VerificationStep } from "../../trust/verifier.ts";
import type { Bytes } from "../../wire/bytes.ts";
import { localError, TlsError } from "../../wire/error.ts";
import type { Abortable, HandshakeChannel } from "../channel.ts";
import type { ClientParameters } from "./parameters.ts";

export type WatchVerification = (step: VerificationStep) => void;

/** Where certificates come from: the server shows them now, or a session began with them. */
export type Occasion = "handshake" | "session";

/** Asks the verifier who the server is. */
export function identify(
  channel: HandshakeChannel,
  { provider, serverName, verifier }: ClientParameters,
  certificate: OriginalCertificate,
  occasion: Occasion,
  watch: WatchVerification | undefined,
): Promise<ServerIdentity> {
  return channel.during(async (abortable) => {
    const fromSession = occasion === "session";
    const presented = new Presented(certificate, serverName, fromSession, provider, abortable, watch);
    let identity: ServerIdentity | undefined;
    try {
      identity = await verifier(presented);
    } catch (error) {
      if (error instanceof TlsError) throw error;
      throw localError("internal_error", "the certificate verifier failed", error);
    }
    // Whoever forgets to throw shall not have said yes.
    if (typeof identity?.publicKey !== "object") {
      throw localError("internal_error", "the certificate verifier answered with no identity");
    }
    return identity;
  });
}

/** A class for its getter alone: most verifiers never look at the signal. */
class Presented implements PresentedCertificates {
  readonly chain: readonly Bytes[];
  readonly serverName: string;
  readonly ocspResponse: Bytes | undefined;
  readonly signedCertificateTimestamps: readonly Bytes[];
  readonly fromSession: boolean;
  readonly time: number;
  readonly provider: CryptoProvider;
  readonly step: WatchVerification | undefined;
  readonly #abortable: Abortable;

  constructor(
    { chain, ocspResponse, signedCertificateTimestamps }: OriginalCertificate,
    serverName: string,
    fromSession: boolean,
    provider: CryptoProvider,
    abortable: Abortable,
    watch: WatchVerification | undefined,
  ) {
    this.chain = chain;
    this.serverName = serverName;
    this.ocspResponse = ocspResponse;
    this.signedCertificateTimestamps = signedCertificateTimestamps;
    this.fromSession = fromSession;
    this.time = provider.now();
    this.provider = provider;
    this.step = watch;
    this.#abortable = abortable;
  }

  get signal(): AbortSignal {
    return this.#abortable.signal;
  }
}

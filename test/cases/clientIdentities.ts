import type { ServerCredentials } from "../../lab/signer.ts";
import type { ClientIdentity, IdentityContext } from "../../src/identity/clientIdentity.ts";
import { type Bytes, copyOf } from "../../src/wire/bytes.ts";
import type { CredentialKind, Harness } from "./case.ts";

/** The lab's certificate and key as a client's. */
export async function identityOf(
  harness: Harness,
  kind: CredentialKind = "P-256",
): Promise<ClientIdentity & ServerCredentials> {
  const { certificates, schemes, sign } = await harness.credentials(kind);
  return { certificates, schemes, sign: (scheme, content) => sign(scheme, content) };
}

/** A key that signs when it is told to. */
export interface SlowIdentity {
  readonly identity: ClientIdentity;
  /** Resolves once a signature was asked for. */
  readonly asked: Promise<IdentityContext>;
  /** Lets the first signature go. */
  release(): void;
}

export async function slowIdentity(harness: Harness): Promise<SlowIdentity> {
  const quick = await identityOf(harness);
  let release = (): void => {};
  let note: (context: IdentityContext) => void = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const asked = new Promise<IdentityContext>((resolve) => {
    note = resolve;
  });
  return {
    identity: {
      ...quick,
      sign: async (scheme, content, context) => {
        note(context);
        await released;
        return quick.sign(scheme, content);
      },
    },
    asked,
    release: () => release(),
  };
}

/** The same with one bit of the signature turned. */
export function wrongly(identity: ClientIdentity): ClientIdentity {
  return {
    ...identity,
    sign: async (...asked): Promise<Bytes> => {
      const signature = copyOf(await identity.sign(...asked));
      const last = signature.length - 1;
      signature[last] = (signature[last] as number) ^ 1;
      return signature;
    },
  };
}

// A signer for a private key that a PKCS#11 module holds: a smart card, an HSM, SoftHSM. The key never leaves it.

import { createHash } from "node:crypto";
import graphene from "graphene-pk11";

const { MechanismEnum, ObjectClass, RsaMgf, RsaPssParams, SessionFlag } = graphene;

/** What a scheme of TLS 1.3 is in the words of PKCS#11: the module gets the hash, and adds the rest. */
const recipes = {
  ecdsa_secp256r1_sha256: { hash: "sha256" },
  ecdsa_secp384r1_sha384: { hash: "sha384" },
  rsa_pss_rsae_sha256: { hash: "sha256", pss: [MechanismEnum.SHA256, RsaMgf.MGF1_SHA256, 32] },
  rsa_pss_rsae_sha384: { hash: "sha384", pss: [MechanismEnum.SHA384, RsaMgf.MGF1_SHA384, 48] },
  rsa_pss_rsae_sha512: { hash: "sha512", pss: [MechanismEnum.SHA512, RsaMgf.MGF1_SHA512, 64] },
};

/**
 * @param {{ library: string, token: string, pin: string, key: string }} where the module, the label of its token, the PIN,
 *   the label of the key
 */
export function pkcs11Signer({ library, token, pin, key: label }) {
  const module = graphene.Module.load(library);
  module.initialize();
  const slots = module.getSlots(true);
  const slot = [...Array(slots.length).keys()]
    .map((i) => slots.items(i))
    .find((one) => one.getToken().label.trim() === token);
  if (slot === undefined) throw new Error(`no token is named ${token}`);
  const session = slot.open(SessionFlag.SERIAL_SESSION);
  session.login(pin);
  const [key] = [...session.find({ class: ObjectClass.PRIVATE_KEY, label })];
  if (key === undefined) throw new Error(`the token has no private key ${label}`);

  return {
    schemes: Object.keys(recipes),
    /** Modules are synchronous and slow: asked by way of a callback, so that the connection hears the server meanwhile. */
    sign: (scheme, content) =>
      new Promise((resolve, reject) => {
        const { hash, pss } = recipes[scheme];
        const mechanism =
          pss === undefined ? "ECDSA" : { name: "RSA_PKCS_PSS", params: new RsaPssParams(...pss) };
        const digest = createHash(hash).update(content).digest();
        session
          .createSign(mechanism, key.toType())
          .once(digest, (error, signature) =>
            error ? reject(error) : resolve(pss === undefined ? ecdsaDer(signature) : signature),
          );
      }),
    close: () => {
      session.logout();
      session.close();
      module.finalize();
    },
  };
}

/** PKCS#11 gives r ‖ s, and TLS takes a SEQUENCE of two INTEGERs. */
function ecdsaDer(raw) {
  const integer = (bytes) => {
    const start = bytes.findIndex((byte) => byte !== 0);
    const digits = [...bytes.subarray(Math.max(start, 0))];
    if (digits[0] >= 0x80) digits.unshift(0);
    return [2, digits.length, ...digits];
  };
  const half = raw.length / 2;
  const both = [...integer(raw.subarray(0, half)), ...integer(raw.subarray(half))];
  return Uint8Array.from([0x30, both.length, ...both]);
}

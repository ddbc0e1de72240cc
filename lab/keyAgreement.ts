import { ml_kem768, ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import { type CurveGroup, type GroupName, groups, isHybrid, mlKems, partsOf } from "../src/crypto/groups.ts";
import type { CryptoProvider } from "../src/crypto/provider.ts";
import { type Bytes, concat } from "../src/wire/bytes.ts";
import { LabError } from "./wire.ts";

export interface AnsweredShare {
  /** What stands in ServerHello. */
  readonly keyExchange: Bytes;
  /** Undefined where the client has sent no share in this group. */
  readonly secret: Bytes | undefined;
}

/**
 * The server's half of a key exchange (RFC 9846 §7.4.2, RFC 10024).
 * @throws LabError on a share that a server must refuse
 */
export async function answerShare(
  provider: CryptoProvider,
  group: GroupName,
  theirs: Bytes | undefined,
): Promise<AnsweredShare> {
  if (!isHybrid(group)) return answerPoint(provider, group, theirs);
  const { kem, curve, kemFirst } = partsOf(group);
  const inOrder = (ofKem: Bytes, ofCurve: Bytes) =>
    kemFirst ? concat(ofKem, ofCurve) : concat(ofCurve, ofKem);
  const { encapsulationKeyLength, ciphertextLength } = mlKems[kem];
  if (theirs === undefined) {
    const { keyExchange } = await answerPoint(provider, curve, undefined);
    return { keyExchange: inOrder(provider.random(ciphertextLength), keyExchange), secret: undefined };
  }
  if (theirs.length !== groups[group].shareLength)
    throw new LabError("the client's share has a fault: length");
  const at = kemFirst ? encapsulationKeyLength : groups[curve].shareLength;
  const [first, second] = [theirs.slice(0, at), theirs.slice(at)];
  const [encapsulationKey, point] = kemFirst ? [first, second] : [second, first];
  const { cipherText, sharedSecret } = encapsulated(kem, encapsulationKey, provider.random(32));
  const answer = await answerPoint(provider, curve, point);
  return {
    keyExchange: inOrder(cipherText, answer.keyExchange),
    secret: inOrder(sharedSecret, answer.secret as Bytes),
  };
}

const kems = { "ML-KEM-768": ml_kem768, "ML-KEM-1024": ml_kem1024 } as const;

function encapsulated(
  name: keyof typeof kems,
  key: Bytes,
  random: Bytes,
): { readonly cipherText: Bytes; readonly sharedSecret: Bytes } {
  try {
    return kems[name].encapsulate(key, random);
  } catch (cause) {
    // FIPS 203 §7.2: its length is right, so a number in it is not below the modulus.
    throw new LabError("the client's share has a fault: modulus", { cause });
  }
}

async function answerPoint(
  provider: CryptoProvider,
  group: CurveGroup,
  theirs: Bytes | undefined,
): Promise<AnsweredShare> {
  const exchange = provider.keyExchanges.find(({ name }) => name === group);
  if (exchange === undefined) throw new LabError(`the provider lacks the group ${group}`);
  const ours = await exchange.generate();
  if (theirs === undefined) return { keyExchange: ours.publicKey, secret: undefined };
  const agreement = await ours.agree(theirs);
  if (!agreement.ok) throw new LabError(`the client's share has a fault: ${agreement.fault}`);
  return { keyExchange: ours.publicKey, secret: agreement.secret };
}

import { peerError } from "../wire/error.ts";
import { nameToString } from "../x509/distinguishedName.ts";
import { addressToString } from "../x509/generalName.ts";
import { parseReferenceName } from "../x509/names.ts";
import { identityByKey, ownCertificate } from "./ownCertificate.ts";
import { keyPin } from "./pins.ts";
import type { PresentedCertificates, ServerVerifier } from "./verifier.ts";

/**
 * Where the keys of servers are kept between connections. What it throws ends the handshake with internal_error: a store
 * that is broken believes nobody.
 */
export interface KnownKeys {
  /** What was kept for this server: nothing at all before its first use. */
  get(name: string): string | undefined | null | Promise<string | undefined | null>;
  /**
   * Keeps the key of a server that was never met. `name` is the host name in lower case, or the address; `spkiHash` the
   * SHA-256 of its SubjectPublicKeyInfo in base64.
   */
  set(name: string, spkiHash: string): void | Promise<void>;
}

// Of the store, for most programs make a verifier a connection.
const turnsOf = new WeakMap<KnownKeys, Map<string, Promise<unknown>>>();

/**
 * Trust on first use, as ssh has it: the first key that a server shows is kept, and from then on it has to be that one. The
 * first time nobody vouches for anything (the identity says `verified: false`), and who is in between then stays so. Names,
 * dates and issuers of certificates mean nothing. A changed key is refused with `certificate_rejected`, and whoever knows
 * that the server has a new one removes the old one from the store.
 *
 * A name has one key, whatever the port. The key is kept before the server has shown that it holds it, so someone in
 * between can leave a key behind that fits nobody; later handshakes fail then, and none succeeds with a stranger. Sessions that began
 * with a key that was removed are not resumed.
 */
export function trustOnFirstUse(store: KnownKeys): ServerVerifier {
  const turns = turnsOf.get(store) ?? new Map<string, Promise<unknown>>();
  turnsOf.set(store, turns);

  /** Two connections that meet a server at once must not each believe a key of their own. */
  async function inTurn<T>(name: string, act: () => Promise<T>): Promise<T> {
    const mine = (turns.get(name) ?? Promise.resolve()).then(act, act);
    turns.set(name, mine);
    try {
      return await mine;
    } finally {
      if (turns.get(name) === mine) turns.delete(name);
    }
  }

  return async (presented) => {
    const own = ownCertificate(presented);
    const name = canonicalName(presented.serverName);
    const shown = keyPin(own.publicKey.spki, presented);
    const known = await inTurn(name, async () => {
      const kept = (await store.get(name)) ?? undefined;
      // What a session remembers may be the very key that was removed.
      if (kept === undefined && !presented.fromSession) await store.set(name, shown);
      return kept;
    });
    if (known === undefined && presented.fromSession) {
      throw peerError("certificate_rejected", `${name} was never met, or its key was removed since`);
    }
    const isChanged = known !== undefined && known !== shown;
    presented.step?.({
      check: "firstUse",
      subject: nameToString(own.leaf.der, own.leaf.subject),
      outcome: isChanged ? "failed" : "passed",
      detail:
        known === undefined ? `${name} was never met, its key is kept: ${shown}` : `known key: ${known}`,
    });
    if (isChanged) {
      throw peerError(
        "certificate_rejected",
        `the key of ${name} has changed since its first use: expected SHA-256 ${known}, got ${shown}. ` +
          "Someone may be in between, or the server has a new key; who knows that it has removes the old one from the store",
      );
    }
    return known === undefined
      ? identityByKey(own, "first use", false)
      : identityByKey(own, "its key, known since first use", true);
  };
}

/** One server is not two because of how its name was written. */
function canonicalName(serverName: PresentedCertificates["serverName"]): string {
  const name = parseReferenceName(serverName);
  if (name?.kind === "dns") return name.name;
  return name?.kind === "ip" ? addressToString(name.address) : serverName;
}

import { type CipherSuiteName, cipherSuites } from "../src/crypto/cipherSuites.ts";
import { startPskStage } from "../src/keyschedule/pskStage.ts";
import { extensionTable as table } from "../src/messages/extensions/table.ts";
import { type Bytes, concat, equal, toLatin1 } from "../src/wire/bytes.ts";
import type { LabContext } from "./context.ts";
import type { LabPsk, TicketPsk } from "./tickets.ts";
import { LabError } from "./wire.ts";

export interface SelectedPsk {
  /** Its place among the identities of the latest hello. */
  readonly index: number;
  readonly psk: LabPsk;
}

/** What the client's latest hello offers: one entry an identity, undefined where the lab doesn't know it. */
export type PskOffer = readonly (LabPsk | undefined)[];

const pskDheKe = 1;

/**
 * Reads the offer of a hello, which is not in the transcript yet or is all of it.
 *
 * @throws LabError where a client that keeps to RFC 9846 would not have sent it: binders and ages of all that the lab knows
 * are looked at, not only of what is selected
 */
export function readPskOffer(context: LabContext): PskOffer {
  const { hello, options } = context;
  if (options.selectPsk === "ignore") return [];
  const offered = context.offered(table.preSharedKey);
  const early = context.offersEarlyData;
  // §4.3.10/4
  if (early && context.retried) throw new LabError("a second hello with early_data");
  if (offered === undefined) {
    if (early) throw new LabError("early_data without pre_shared_key");
    return [];
  }
  if (hello.body.extensions.at(-1)?.type !== table.preSharedKey.type) {
    throw new LabError("pre_shared_key is not the last extension");
  }
  const modes = context.offered(table.pskKeyExchangeModes);
  if (modes?.includes(pskDheKe) !== true) throw new LabError("pre_shared_key without psk_dhe_ke");
  if (context.offered(table.keyShare) === undefined) throw new LabError("psk_dhe_ke without key_share");
  const { identities, binders } = offered;
  if (identities.length !== binders.length) {
    throw new LabError(`${identities.length} identities with ${binders.length} binders`);
  }
  const bindersLength = binders.reduce((sum, binder) => sum + 1 + binder.length, 2);
  const truncated = hello.bytes.subarray(0, hello.bytes.length - bindersLength);
  if (!context.retried) for (const { identity } of identities) context.tickets.noteOffered(identity);
  const known = identities.map(({ identity }) => findPsk(context, identity));
  known.forEach((psk, index) => {
    if (psk === undefined) return;
    const { obfuscatedTicketAge } = identities[index] as (typeof identities)[number];
    if (psk.kind === "resumption") checkTicket(context, psk, obfuscatedTicketAge);
    // §4.3.11/1
    else if (obfuscatedTicketAge !== 0) throw new LabError(`an age of a PSK of the kind ${psk.kind}`);
    checkBinder(context, psk, truncated, binders[index] as Bytes);
  });
  if (early) checkEarlyData(context, known[0]);
  return known;
}

function findPsk({ options, tickets }: LabContext, identity: Bytes): LabPsk | undefined {
  return options.psks?.find((psk) => equal(psk.identity, identity)) ?? tickets.find(identity);
}

/** RFC 9846 §4.3.11.1, §4.7.1 */
function checkTicket(context: LabContext, ticket: TicketPsk, obfuscatedTicketAge: number): void {
  const { serverName, issuedAt, lifetime, ageAdd } = ticket;
  if (serverName !== context.serverName) {
    throw new LabError(`a ticket of ${serverName} was offered to ${context.serverName}`);
  }
  const age = (obfuscatedTicketAge - ageAdd + 2 ** 32) % 2 ** 32;
  if (age > lifetime * 1000) throw new LabError(`a ticket for ${lifetime} s was offered after ${age} ms`);
  const elapsed = context.provider.now() - issuedAt;
  const { ticketAgeTolerance = 10_000 } = context.options;
  if (Math.abs(elapsed - age) > ticketAgeTolerance) {
    throw new LabError(`a ticket that went out ${elapsed} ms ago was offered with an age of ${age} ms`);
  }
}

/** RFC 9846 §4.3.11.2 */
function checkBinder(context: LabContext, psk: LabPsk, truncated: Uint8Array, binder: Bytes): void {
  const hash = context.provider.hashes[psk.hash];
  // §4.2.4/12
  if (context.retried && hash !== context.hash) {
    throw new LabError(`a second hello offers a PSK of ${psk.hash} for ${context.choice.suite.name}`);
  }
  const before = context.retried ? context.transcript : [];
  const stage = startPskStage(hash, psk.key, psk.kind);
  const expected = stage.binder(hash.digest(concat(...before, truncated)));
  stage.wipe();
  if (!equal(binder, expected)) throw new LabError(`the binder of a PSK of the kind ${psk.kind} is wrong`);
}

/** RFC 9846 §4.3.10: early data goes with the first PSK, in the suite and the protocol of its connection. */
function checkEarlyData(context: LabContext, first: LabPsk | undefined): void {
  if (first === undefined) return;
  if (first.kind !== "resumption" || first.maxEarlyDataSize === 0) {
    throw new LabError("early data with a PSK that allows none");
  }
  if (!context.hello.body.cipherSuites.includes(cipherSuites[first.suite].code)) {
    throw new LabError(`early data under ${first.suite}, which is not offered`);
  }
  const protocols = context.offered(table.applicationLayerProtocolNegotiation)?.map(toLatin1) ?? [];
  if (first.alpn !== undefined && !protocols.includes(first.alpn)) {
    throw new LabError(`early data for ${first.alpn}, which is not offered`);
  }
}

/**
 * The PSK that the server goes on with, and its suite: of the first one that has a suite among these, or of the one that
 * the options name.
 *
 * @param suites what both sides can do, in order of preference
 */
export function selectPsk(
  context: LabContext,
  offer: PskOffer,
  suites: readonly CipherSuiteName[],
): { readonly psk: SelectedPsk; readonly suite: CipherSuiteName } | undefined {
  const { selectPsk: wanted = "auto" } = context.options;
  if (wanted === "decline" || wanted === "ignore") return undefined;
  for (const [index, psk] of offer.entries()) {
    if (psk === undefined || (wanted !== "auto" && wanted !== index)) continue;
    const ofItsHash = suites.filter((name) => cipherSuites[name].hash === psk.hash);
    const suite = ofItsHash.find((name) => psk.kind === "resumption" && name === psk.suite) ?? ofItsHash[0];
    if (suite !== undefined) return { psk: { index, psk }, suite };
  }
  if (wanted !== "auto") throw new LabError(`the PSK ${wanted} can't be selected`);
  return undefined;
}

/** The selected PSK after a retry, which may have dropped others. */
export function selectAgain(offer: PskOffer, { psk }: SelectedPsk): SelectedPsk {
  const index = offer.indexOf(psk);
  if (index < 0) throw new LabError("the second hello lacks the PSK that was selected");
  return { index, psk };
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AddressError, addressOf, type PageState, parseAddress } from "../../../lab/page/address.ts";
import { chainNames } from "../../../lab/page/certificates.ts";
import type { Change, MessageAt } from "../../../lab/page/run.ts";
import { scenarioIds } from "../../../lab/page/scenarios.ts";
import { type Bytes, copyOf } from "../../../src/wire/bytes.ts";

const number = fc.integer({ min: 0, max: 0xffffff });
const bytes: fc.Arbitrary<Bytes> = fc.uint8Array({ minLength: 1, maxLength: 40 }).map(copyOf);
const message: fc.Arbitrary<MessageAt> = fc.record({
  name: fc.constantFrom(
    "HelloRetryRequest",
    "ServerHello",
    "Certificate",
    "Finished",
    "NewSessionTicket",
    "KeyUpdate",
  ),
  nth: fc.integer({ min: 0, max: 12 }),
});
const what = fc.constantFrom(
  "change_cipher_spec",
  "application_data",
  "user_canceled",
  "close_notify",
  "KeyUpdate",
);
const kind = <K extends string>(name: K) => fc.constant(name);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constantFrom("bytes", "flip"), message, offset: number, bytes }),
  fc.record({ kind: fc.constantFrom("drop", "double"), message }),
  fc.record({ kind: kind("swap"), message, with: message }),
  fc.record({ kind: kind("truncate"), message, length: number }),
  fc.record({ kind: kind("insert"), message, offset: number, what }),
  fc.record({ kind: kind("append"), message, bytes }),
  fc.record({ kind: kind("certificates"), chain: fc.constantFrom(...chainNames) }),
  fc.record({ kind: kind("record"), record: number, offset: number, bytes }),
  fc.record({ kind: kind("cut"), records: number }),
  fc.record({ kind: kind("ticket"), state: kind("used") }),
);

const selected = fc.oneof(
  fc.record({
    from: kind("client"),
    name: fc.constantFrom("ClientHello", "Certificate", "EndOfEarlyData"),
    nth: fc.integer({ min: 0, max: 3 }),
    offset: fc.option(number, { nil: undefined }),
  }),
  fc.record({
    from: kind("server"),
    name: fc.constantFrom("ServerHello", "KeyUpdate"),
    nth: fc.integer({ min: 0, max: 3 }),
    offset: fc.option(number, { nil: undefined }),
  }),
);

const state: fc.Arbitrary<PageState> = fc.record({
  scenario: fc.constantFrom(...scenarioIds),
  changes: fc.array(change, { maxLength: 6 }),
  selected: fc.option(selected, { nil: undefined }),
  compared: fc.option(fc.constantFrom(...scenarioIds), { nil: undefined }),
});

test("what an address says is what it was made of", () => {
  fc.assert(
    fc.property(state, (state) => {
      const address = addressOf(state);
      expect(parseAddress(address)).toEqual(state);
      expect(parseAddress(`#${encodeURIComponent(address)}`)).toEqual(state);
      // It stands in a fragment as it is (RFC 3986 §3.5).
      expect(address).toMatch(/^[\w.~!$&'()*+,;=:@/?-]*$/);
    }),
    { seed: 14 },
  );
});

test("whatever else is in an address, it is read or refused, and nothing else", () => {
  const pieces = fc.constantFrom(
    "full",
    "&",
    "at=",
    "with=",
    "Finished",
    "@",
    "=",
    "00",
    "drop:",
    ",",
    ".",
    "1",
    "%",
    "client.",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((all) => all.join("")),
      ),
      (text) => {
        let read: PageState;
        try {
          read = parseAddress(text);
        } catch (error) {
          expect(error).toBeInstanceOf(AddressError);
          return;
        }
        expect(parseAddress(addressOf(read))).toEqual(read);
      },
    ),
    { seed: 14, numRuns: 500 },
  );
});

test("an empty address is the full handshake", () => {
  expect(parseAddress("#")).toEqual({
    scenario: "full",
    changes: [],
    selected: undefined,
    compared: undefined,
  });
});

describe("an address that can't be read says where and why", () => {
  test.each([
    ["half", "expected one of full"],
    ["full&explode:Finished", "no change is called explode"],
    ["full&ClientHello@4=00", "expected one of HelloRetryRequest"],
    ["full&Finished@4", "expected Message@offset=bytes"],
    ["full&Finished@04=00", "expected a number"],
    ["full&Finished@4=0", "pairs of hexadecimal digits"],
    ["full&Finished.1.2@4=00", "Message or Message.number"],
    ["full&truncate:Finished,99999999", "expected a number"],
    ["full&certificates:golden", "expected one of good"],
    ["full&at=server.ClientHello", "expected one of HelloRetryRequest"],
    ["full&at=nobody.Finished", "expected side.Message@offset"],
    ["full&at=server.Finished&at=server.Finished", "a second place"],
    ["full&with=hrr&with=psk", "a second scenario"],
    ["full&%", "percent sign"],
    [`full${"&drop:Finished".repeat(65)}`, "more than 64 changes"],
  ])("%s", (address, why) => {
    expect(() => parseAddress(address)).toThrow(AddressError);
    expect(() => parseAddress(address)).toThrow(why);
  });
});

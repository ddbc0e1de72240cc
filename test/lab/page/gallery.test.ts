import { describe, expect, test } from "vitest";
import { addressOf } from "../../../lab/page/address.ts";
import { type GalleryEntry, gallery, stateOf } from "../../../lab/page/gallery.ts";
import type { RunStep } from "../../../lab/page/run.ts";
import { runScenario } from "../../../lab/page/runScenario.ts";

interface Failure {
  readonly id: string;
  readonly code: string;
  readonly alert: string | undefined;
  readonly rules: readonly string[];
  /** What the client stopped at. */
  readonly at: string;
}

const outOfOrder = {
  code: "unexpected_handshake_message",
  alert: "unexpected_message",
  rules: ["4/2", "4.2.4/8", "4.4.2/4", "4.6/3", "4.7.2/7", "4.7.3/1"],
};
const badChain = {
  code: "certificate_invalid",
  alert: "bad_certificate",
  rules: ["4.5.1.3/2", "4.5.1.3/3"],
  at: "Certificate.0",
};
const wrongName = {
  code: "certificate_name_mismatch",
  alert: "bad_certificate",
  rules: [],
  at: "Certificate.0",
};
const unknownAuthority = {
  code: "certificate_unknown_ca",
  alert: "unknown_ca",
  rules: [],
  at: "Certificate.0",
};
const expired = { code: "certificate_expired", alert: "certificate_expired", rules: [], at: "Certificate.0" };

const failures: readonly Failure[] = [
  {
    id: "skipped-finished",
    code: "unexpected_application_data",
    alert: "unexpected_message",
    rules: ["5/7"],
    at: "data",
  },
  { id: "skipped-certificate", ...outOfOrder, at: "Finished.0" },
  { id: "early-encrypted-extensions", ...outOfOrder, at: "EncryptedExtensions.0" },
  { id: "second-retry", ...outOfOrder, at: "HelloRetryRequest.1" },
  {
    id: "early-ccs",
    code: "unexpected_change_cipher_spec",
    alert: "unexpected_message",
    rules: ["5/4", "5/5"],
    at: "change_cipher_spec",
  },
  {
    id: "ccs-within-message",
    code: "interleaved_handshake_message",
    alert: "unexpected_message",
    rules: ["5.1/4"],
    at: "Certificate.0",
  },
  {
    id: "keyupdate-mid-record",
    code: "key_change_inside_record",
    alert: "unexpected_message",
    rules: ["5.1/6"],
    at: "KeyUpdate.0",
  },
  {
    id: "downgrade",
    code: "downgrade_detected",
    alert: "illegal_parameter",
    rules: ["4.2.3/7", "4.2.3/8"],
    at: "ServerHello.0",
  },
  {
    id: "unoffered-suite",
    code: "cipher_suite_not_offered",
    alert: "illegal_parameter",
    rules: ["4.2.3/3", "4.2.4/4"],
    at: "ServerHello.0",
  },
  {
    id: "unoffered-group",
    code: "key_share_group_not_offered",
    alert: "illegal_parameter",
    rules: ["4.3.8/11"],
    at: "ServerHello.0",
  },
  {
    id: "zero-share",
    code: "all_zero_shared_secret",
    alert: "illegal_parameter",
    rules: ["7.4.2/3", "7.4.2/4"],
    at: "ServerHello.0",
  },
  {
    id: "compression",
    code: "compression_selected",
    alert: "illegal_parameter",
    rules: ["4.2.3/4", "4.2.4/5"],
    at: "ServerHello.0",
  },
  {
    id: "wrong-session-id",
    code: "session_id_not_echoed",
    alert: "illegal_parameter",
    rules: ["4.2.3/2", "4.2.4/3"],
    at: "ServerHello.0",
  },
  {
    id: "wrong-protocol",
    code: "alpn_not_offered",
    alert: "illegal_parameter",
    rules: ["RFC 7301 §3.2/1"],
    at: "EncryptedExtensions.0",
  },
  {
    id: "forged-signature",
    code: "bad_handshake_signature",
    alert: "decrypt_error",
    rules: ["4.5.2/12", "4.5.2/11", "4.5.2/4", "4.3.3/6", "4.3.3/10"],
    at: "CertificateVerify.0",
  },
  {
    id: "sha1-signature",
    code: "signature_scheme_not_offered",
    alert: "illegal_parameter",
    rules: ["4.5.2/5", "4.5.2/10"],
    at: "CertificateVerify.0",
  },
  {
    id: "corrupted-finished",
    code: "bad_finished",
    alert: "decrypt_error",
    rules: ["4.5.3/2", "4.5.3/1"],
    at: "Finished.0",
  },
  { id: "wrong-name", ...wrongName },
  { id: "null-in-name", ...wrongName },
  { id: "not-an-authority", ...badChain },
  { id: "expired", ...expired },
  { id: "old-path-only", ...expired },
  { id: "missing-intermediate", ...unknownAuthority },
  { id: "unknown-root", ...unknownAuthority },
  { id: "wrong-purpose", ...badChain },
  {
    id: "truncated-certificate",
    code: "malformed_message",
    alert: "decode_error",
    rules: ["6/10"],
    at: "Certificate.0",
  },
  {
    id: "corrupted-record",
    code: "bad_record_mac",
    alert: "bad_record_mac",
    rules: ["5.2/3"],
    at: "Certificate.0",
  },
  { id: "truncation", code: "truncated", alert: undefined, rules: [], at: "NewSessionTicket.0" },
  {
    id: "endless-ticket",
    code: "ticket_lifetime_too_long",
    alert: "illegal_parameter",
    rules: ["4.7.1/10"],
    at: "NewSessionTicket.0",
  },
];

/** What fails nothing, and is there to be looked at all the same. */
const openings = ["old-root", "replayed-ticket"];

const entry = (id: string): GalleryEntry => gallery.find((one) => one.id === id) as GalleryEntry;
const run = (id: string) => {
  const { scenario, changes } = stateOf(entry(id));
  return runScenario(scenario, changes);
};
const nameOf = (step: RunStep | undefined): string | undefined =>
  step?.kind === "message" ? `${step.name}.${step.nth}` : step?.kind;

test("every entry is listed here, and none twice", () => {
  const listed = [...failures.map(({ id }) => id), ...openings];
  expect(gallery.map(({ id }) => id).sort()).toEqual(listed.sort());
  for (const one of gallery) {
    expect(one.history.length).toBeGreaterThan(100);
    expect(one.history).not.toMatch(/\b(\w+) \1\b/i);
    expect(addressOf(stateOf(one))).toBe(one.address);
  }
});

describe("the client stops, and says why", () => {
  test.each(failures)("$id", async ({ id, code, alert, rules, at }) => {
    const { end, steps, records } = await run(id);
    expect(end).toMatchObject({ kind: "failed", code, rules });
    if (end.kind !== "failed") return;
    expect(end.alert).toEqual(alert === undefined ? undefined : { name: alert, direction: "sent" });
    expect(nameOf(steps[end.step])).toBe(at);
    expect(steps[end.step]?.from).toBe("server");
    // It is on the wire, in the client's last record, and opens.
    if (alert === undefined) return;
    expect(steps.findLast((step) => step.kind === "alert")).toMatchObject({
      from: "client",
      level: 2,
      name: alert,
    });
    const last = records.findLast(({ from }) => from === "client");
    expect(last).toMatchObject({ type: 21 });
    expect(last?.content?.length).toBe(2);
  });
});

test("a root that came to its end is one path of two, and the other holds", async () => {
  const { end, agreed, certificates, paths } = await run("old-root");
  expect(end).toEqual({ kind: "opened" });
  expect(certificates).toHaveLength(3);
  expect(agreed).toContainEqual({ name: "vouched for by", value: "CN=Lab Root" });
  expect(paths).toMatchObject([
    {
      subjects: ["CN=lab.example", "CN=Lab Intermediate", "CN=Old Root"],
      outcome: "refused",
      rule: "dates",
      why: "the trusted root CN=Old Root expired 4 years ago (on 2021-09-30)",
    },
    { subjects: ["CN=lab.example", "CN=Lab Intermediate", "CN=Lab Root"], outcome: "held", why: "" },
  ]);
});

test.each([
  ["wrong-name", "name", true],
  ["expired", "dates", true],
  ["old-path-only", "dates", true],
  ["missing-intermediate", "anchor", false],
  ["unknown-root", "anchor", false],
  ["not-an-authority", "authority", false],
  ["wrong-purpose", "purpose", true],
])("the one path of %s was refused by the rule %s", async (id, rule, trustedEnd) => {
  const { paths } = await run(id);
  expect(paths?.map((path) => path.rule)).toEqual([rule]);
  expect(paths?.[0]).toMatchObject({ outcome: "refused", trustedEnd });
});

test("a ticket that was used up costs early data, and nothing is sent twice", async () => {
  const { end, steps, agreed } = await run("replayed-ticket");
  expect(end).toEqual({ kind: "opened" });
  expect(agreed).toContainEqual({ name: "early data", value: "rejected" });
  expect(agreed).toContainEqual({ name: "early data returned", value: "42 bytes" });
  expect(agreed).toContainEqual({ name: "authentication", value: "certificate" });
  const early = steps.filter((step) => step.kind === "data" && step.early);
  expect(early).toHaveLength(1);
});

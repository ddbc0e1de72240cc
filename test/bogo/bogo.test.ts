import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { differences } from "./differences.ts";
import { parseFlags } from "./flags.ts";
import { outcomeOf } from "./judge.ts";
import { leftOut, reasonFor } from "./leftOut.ts";
import { Unimplemented } from "./outcome.ts";
import { pageOf, problemsOfPage, type Result, unusedRows } from "./report.ts";
import type { RunnerVerdict } from "./runner.ts";

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
const docs = readFileSync(new URL("../../docs/bogo.md", import.meta.url), "utf8");

/** As the runner prints it. */
const failure = (name: string, verdict: string, code: string, local: string): RunnerVerdict => ({
  name,
  verdict: "FAILED",
  text: `${verdict}\ngot:\n\tstderr:\n\t\t[${code}] words\n\n\tlocal: "${local}"\n\tchild: "exit status 1"\n\nwant:\n\tlocal: "remote error: error decoding message"\n`,
});

describe("what the runner says of a case", () => {
  const name = "DuplicateExtensionClient-TLS-TLS13";
  const heard = "remote error: illegal parameter";

  test("a case that passes", () => {
    expect(outcomeOf({ name: "Any", verdict: "PASSED", text: "" }).kind).toBe("passed");
  });

  test("a difference counts if it is the one described", () => {
    const outcome = outcomeOf(failure(name, "unexpected error", "duplicate_extension", heard));
    expect(outcome).toEqual({
      kind: "differs",
      difference: differences.find(({ tests }) => tests[0] === name),
    });
  });

  test.each([
    ["another code", failure(name, "unexpected error", "malformed_message", heard)],
    [
      "another alert",
      failure(name, "unexpected error", "duplicate_extension", "remote error: error decoding message"),
    ],
    ["another verdict", failure(name, "unexpected failure", "duplicate_extension", heard)],
    ["a difference that is none", { name, verdict: "PASSED", text: "" } as const],
    ["a failure that nobody describes", failure("Any", "unexpected error", "duplicate_extension", heard)],
    ["a case that the shim can't run", { name: "Any", verdict: "UNIMPLEMENTED", text: "" } as const],
  ])("%s is a failure", (_, verdict) => {
    expect(outcomeOf(verdict).kind).toBe("failed");
  });
});

describe("cases that are left out", () => {
  test.each([
    ["Any", ["-server"], "servers"],
    ["CurveTest-Client-MLKEM1024-TLS13", ["-curves", "514"], "ML-KEM alone"],
    ["CurveTest-Client-X25519MLKEM768-TLS13", ["-curves", "4588"], undefined],
    ["Resume-Client-TLS12-TLS12-TLS", [], "TLS 1.2 and older"],
    ["MinimumVersion-Client-TLS13-TLS12-TLS", ["-no-tls1", "-no-tls11", "-no-tls12"], undefined],
    ["CurveTest-Client-X25519-TLS13", ["-curves", "29"], undefined],
    ["Compliance-fips-202205-TLS-Client-P-256", ["-fips-202205"], undefined],
    ["Compliance-fips-202205-TLS-Client-RSA_WITH_AES_128_GCM_SHA256", ["-fips-202205"], "TLS 1.2 and older"],
    ["Compliance-cnsa2-202603-TLS-Client-P-384", ["-cnsa2-202603"], "ML-KEM alone"],
    ["ShimSendAlert-TLS-Sync", ["-send-alert"], "an alert of the program's choice"],
    ["Any", ["-a-flag-that-nobody-knows"], undefined],
  ])("%s with %j: %s", (name, flags, what) => {
    expect(reasonFor({ name, flags })?.what).toBe(what);
  });
});

describe("flags", () => {
  test("hold for all connections, or for those that they name", () => {
    const { initial, resume, retry } = parseFlags([
      "-async",
      "-on-resume-expect-alpn",
      "foo",
      "-on-retry-verify-fail",
    ]);
    expect([initial.async, resume.async, retry.async]).toEqual([true, true, true]);
    expect([initial.expectAlpn, resume.expectAlpn, retry.expectAlpn]).toEqual([undefined, "foo", undefined]);
    expect([initial.verifyFail, resume.verifyFail, retry.verifyFail]).toEqual([undefined, undefined, true]);
  });

  test("number credentials but for the one that stands before all", () => {
    const args = ["-cert-file", "a", "-new-x509-credential", "-cert-file", "b", "-new-psk-credential"];
    const { credentials } = parseFlags(args).initial;
    expect(credentials.map(({ index, kind, certFile }) => [index, kind, certFile])).toEqual([
      [-1, "x509", "a"],
      [0, "x509", "b"],
      [1, "psk", undefined],
    ]);
  });

  test.each([
    [["-unheard-of"]],
    [["-curves", "514"]],
    [["-max-version", "771"]],
    [["-verify-prefs", "2308"]],
  ])("%j is unimplemented", (args) => {
    expect(() => parseFlags(args)).toThrow(Unimplemented);
  });
});

describe("docs/bogo.md", () => {
  test("belongs to the shim and the tables that stand here", () => {
    expect(problemsOfPage(docs, readme)).toEqual([]);
  });

  test("is refused where it was written by another shim, or tells of failures", () => {
    expect(problemsOfPage(docs.replace(/tables: ..../, "tables: 0000"), readme)).toHaveLength(1);
    expect(problemsOfPage(docs.replace("failed | 0 |", "failed | 1 |"), readme)).toHaveLength(1);
  });

  test.each([
    "Encrypted ClientHello",
    "ECH",
    "MLKEM1024",
    "pure ML-KEM",
    "GREASE",
    "DTLS",
    "RFC 7250",
    "TLS 1.2",
  ])("is refused where the README claims %s", (words) => {
    const [problem] = problemsOfPage(docs, `${readme}\nIt has ${words}, too.`);
    expect(problem).toContain(words);
  });

  test("stands where the README claims groups that are run", () => {
    expect(problemsOfPage(docs, `${readme}\nIt has X25519MLKEM768, too.`)).toEqual([]);
  });

  test("tells of rows that fit no case", () => {
    const results: Result[] = [{ name: "Any", outcome: { kind: "left out", reason: leftOut[0]! } }];
    const unused = unusedRows(results);
    expect(unused).toContain("KeyUpdate-Requested: no such case");
    expect(unused).toContain(`${leftOut[1]?.what}: no case is left out for that`);
    expect(pageOf(results)).toContain("| not run, with a reason | 1 |");
  });
});

import { describe, expect, test } from "vitest";
import { parseAddress } from "../../../lab/page/address.ts";
import { brokenRules } from "../../../lab/page/brokenRules.ts";
import { gallery } from "../../../lab/page/gallery.ts";
import type { Run, RunStep } from "../../../lab/page/run.ts";
import { runScenario } from "../../../lab/page/runScenario.ts";
import { dissect } from "../../../src/messages/dissect.ts";
import type { MessageName } from "../../../src/messages/handshake.ts";
import { fromHex, noBytes } from "../../../src/wire/bytes.ts";
import { misdeeds, type PeerErrorCode } from "../../../src/wire/misdeeds.ts";

const runAt = (address: string): Promise<Run> => {
  const { scenario, changes } = parseAddress(address);
  return runScenario(scenario, changes);
};

/** Which rule was broken, of those of the error. */
const runs: readonly (readonly [string, readonly string[]])[] = [
  ["full&drop:Certificate&drop:CertificateVerify", ["4/2"]],
  ["full&swap:ServerHello,EncryptedExtensions", ["4/2"]],
  ["hrr&double:HelloRetryRequest", ["4.2.4/8"]],
  ["full&ServerHello@71=1304", ["4.2.3/3"]],
  ["hrr&HelloRetryRequest@71=1304", ["4.2.4/4"]],
  ["full&ServerHello@39=00", ["4.2.3/2"]],
  ["hrr&HelloRetryRequest@39=00", ["4.2.4/3"]],
  ["full&ServerHello@73=01", ["4.2.3/4"]],
  ["hrr&HelloRetryRequest@73=01", ["4.2.4/5"]],
  ["full&ServerHello@80=0303", ["4.3.1/8"]],
  ["full&ServerHello@80=0305", ["4.3.1/7"]],
  ["hrr&ServerHello@80=0303", ["4.2.4/13"]],
  [
    "full&ServerHello@1=000046&ServerHello@30=444f574e47524401&ServerHello@71=c02f&truncate:ServerHello,74",
    ["4.2.3/7"],
  ],
  [
    "full&ServerHello@1=000046&ServerHello@30=444f574e47524400&ServerHello@71=c02f&truncate:ServerHello,74",
    ["4.2.3/8"],
  ],
  ["full&ServerHello@1=000046&ServerHello@71=c02f&truncate:ServerHello,74", ["E.1/2"]],
  ["full&ServerHello@1=000046&ServerHello@4=0302&ServerHello@71=c02f&truncate:ServerHello,74", ["E.5/1"]],
  [`full&ServerHello@90=${"00".repeat(32)}`, ["7.4.2/3"]],
  ["full&CertificateVerify@40=00", ["4.5.2/12"]],
  ["full&CertificateVerify@4=0203", ["4.5.2/10"]],
  ["full&CertificateVerify@4=0401", ["4.5.2/5"]],
  ["full&Finished@4=00000000", ["4.5.3/2"]],
  ["full&insert:NewSessionTicket@0,change_cipher_spec", ["5/5"]],
  ["full&certificates:not-an-authority", []],
];

// Without brackets: those of the names of tests stand for rules that they show.
const inWords = (broken: readonly string[]): string =>
  `breaks ${broken.join(" and ") || "none of its rules"}`;

test.each(runs.map(([address, broken]) => [`${address} ${inWords(broken)}`, address, broken] as const))(
  "%s",
  async (_, address, broken) => {
    const run = await runAt(address);
    if (run.end.kind !== "failed") throw new Error("it opened");
    const chosen = brokenRules(run);
    expect(chosen).toMatchObject({ broken, certain: broken.length > 0 });
    expect([...chosen.broken, ...chosen.others].sort()).toEqual([...run.end.rules].sort());
  },
);

type Told = MessageName | "opened";

/** A run that stopped at the last of these, all of them the server's. */
function stopped(code: PeerErrorCode, steps: readonly Told[], bytes: Uint8Array, rest?: Partial<Run>): Run {
  const { alert, rules, says } = misdeeds[code];
  const told = steps.map((name, at): RunStep => {
    if (name === "opened") return { time: at, from: "client", kind: "opened" };
    const own = at === steps.length - 1 || name === "ServerHello" ? fromHex(hex(bytes)) : noBytes;
    const keys = { epoch: "none", generation: 0 } as const;
    const fields = dissect(name, own);
    return {
      ...{ time: at, from: "server", kind: "message", name, nth: 0, bytes: own, fields, keys },
      ...{ pieces: [], changes: [] },
    };
  });
  const end = { kind: "failed", code, message: says, alert: { name: alert, direction: "sent" } } as const;
  return {
    ...{ title: "", steps: told, records: [], secrets: [], agreed: [], certificates: [] },
    end: { ...end, rules, step: told.length - 1 },
    ...rest,
  };
}
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("what no change of the page leads to", () => {
  const order = "unexpected_handshake_message";
  const ends: readonly (readonly [PeerErrorCode, readonly Told[], string, readonly string[]])[] = [
    [order, ["ServerHello", "KeyUpdate"], "", ["4.7.3/1"]],
    [order, ["Finished", "KeyUpdate"], "", ["4/2"]],
    [order, ["EndOfEarlyData"], "", ["4.6/3"]],
    [order, ["opened", "CertificateRequest"], "", ["4.7.2/7"]],
    [order, ["CertificateRequest"], "", ["4/2"]],
    [order, ["HelloRetryRequest"], "", ["4/2"]],
    ["unsolicited_extension", ["ServerHello"], "", ["4.3/5"]],
    ["unsolicited_extension", ["EncryptedExtensions"], "", ["4.3/6"]],
    ["unsolicited_extension", ["HelloRetryRequest"], "", ["4.3/7"]],
    ["unsolicited_extension", ["Certificate"], "", ["4.3/8", "4.5.1/7"]],
    ["misplaced_extension", ["EncryptedExtensions"], "", ["4.4.1/2"]],
    ["misplaced_extension", ["ServerHello"], "", ["4.3/9"]],
    ["bad_legacy_version", ["HelloRetryRequest"], "", ["4.2.4/2"]],
    ["version_changed_after_retry", ["ServerHello"], "", ["4.3.1/1"]],
    ["signature_scheme_unfit_for_key", ["CertificateVerify"], "0f0000020804", ["4.5.2/8", "4.3.3/8"]],
    ["signature_scheme_unfit_for_key", ["CertificateVerify"], "0f000002080b", ["4.5.2/8", "4.3.3/12"]],
    ["signature_scheme_unfit_for_key", ["CertificateVerify"], "0f0000020403", ["4.5.2/8"]],
    ["unexpected_change_cipher_spec", [], "", ["5/4"]],
    ["no_content_type", ["Finished"], "", ["5.4/7"]],
  ];
  test.each(
    ends.map(
      ([code, steps, bytes, broken]) =>
        [`${[code, ...steps, bytes].join(" ")} ${inWords(broken)}`, code, steps, bytes, broken] as const,
    ),
  )("%s", (_, code, steps, bytes, broken) => {
    expect(brokenRules(stopped(code, steps, fromHex(bytes)))).toMatchObject({ broken, certain: true });
  });

  test("a CertificateRequest where a PSK was chosen", async () => {
    const { steps } = await runAt("resumption");
    const hello = steps.find((step) => step.kind === "message" && step.name === "ServerHello") as RunStep;
    const run = stopped(order, ["CertificateRequest"], noBytes);
    const end = { ...(run.end as Extract<Run["end"], { kind: "failed" }>), step: 1 };
    expect(brokenRules({ ...run, steps: [hello, ...run.steps], end }).broken).toEqual(["4.4.2/4"]);
  });

  test("where it can't be told, it is one of those that are left", () => {
    const run = stopped("bad_key_share", ["ServerHello"], noBytes);
    expect(brokenRules(run)).toEqual({
      broken: ["4.3.8.2/1", "4.3.8.2/2", "4.3.8.2/3"],
      certain: false,
      others: ["6/11"],
    });
    const chain = stopped("certificate_invalid", ["Certificate"], noBytes);
    expect(brokenRules(chain)).toMatchObject({ broken: ["4.5.1.3/2", "4.5.1.3/3"], certain: false });
  });
});

test("in the gallery it can always be told", async () => {
  for (const { address } of gallery) expect(brokenRules(await runAt(address)).broken.length).toBeLessThan(2);
});

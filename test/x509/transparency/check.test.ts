import { describe, expect, test, vi } from "vitest";
import { defaultProvider } from "../../../src/crypto/provider/node.ts";
import { createServerVerifier } from "../../../src/trust/serverVerifier.ts";
import { type Bytes, concat, noBytes } from "../../../src/wire/bytes.ts";
import {
  parseLogList,
  type TransparencyOptions,
  transparency,
} from "../../../src/x509/transparency/index.ts";
import { timestampLimits } from "../../../src/x509/transparency/timestampLimits.ts";
import { extension, key, makeCertificate } from "../../certificates.ts";
import {
  certificateEntry,
  loggedCertificate,
  logListJson,
  precertificateEntry,
  stapledResponse,
  type TestLog,
  type TimestampOptions,
  testLog,
  timestamp,
  timestampList,
} from "../../transparencyLog.ts";
import { authority, leaf, leafExtensions, presented, root, wanted } from "../../trust/judge.ts";
import { ask } from "./ask.ts";

const day = 86_400_000;
const ash = testLog("Ash", "North");
const elm = testLog("Elm", "South", key("RSA", "log"));
const oak = testLog("Oak", "North");
const yew = testLog("Yew", "East");
const stranger = testLog("Fir", "Far");
const known = [ash, elm, oak, yew];

const logs = parseLogList(logListJson(known));
/** The list with Ash's entry changed. */
const logsWith = (change: object) => parseLogList(logListJson(known, (log) => (log === ash ? change : {})));
const required = (more: Partial<TransparencyOptions> = {}) => transparency({ logs, required: true, ...more });

/** One timestamp: its log, and what is special about it. */
type Made = TestLog | readonly [TestLog, TimestampOptions];
const sign =
  (...made: readonly Made[]) =>
  (entry: Bytes): readonly Bytes[] =>
    made.map((one) => ("key" in one ? timestamp(one, entry) : timestamp(one[0], entry, one[1])));

const plain = { subject: wanted, key: key("P-256"), issuer: root, extensions: leafExtensions };
const withTimestamps = (...made: readonly Made[]): Bytes => loggedCertificate(plain, sign(...made));
const withList = (list: Bytes): Bytes => loggedCertificate(plain, () => list);
const now = Date.now();

describe("timestamps in a certificate", () => {
  const twoAreNeeded = "where 2 logs of 2 operators are needed";

  test("of two logs of two operators are enough", async () => {
    const chain = [withTimestamps(ash, elm), root.der];
    expect(await ask(required(), { chain })).toEqual(["passed", "logged by Ash (North), Elm (South)"]);
  });

  test("count up to the limit, and not behind it", async () => {
    const strangers = (count: number): readonly Made[] => new Array<Made>(count).fill(stranger);
    const { timestamps } = timestampLimits;
    const within = withTimestamps(...strangers(timestamps - 2), ash, elm);
    expect(await ask(required(), { chain: [within, root.der] })).toMatchObject(["passed", expect.anything()]);
    const behind = withTimestamps(...strangers(timestamps - 1), ash, elm);
    expect(await ask(required(), { chain: [behind, root.der] })).toMatchObject([
      "transparency",
      expect.stringContaining(
        `1 log of 1 operator, ${twoAreNeeded}, without those behind the first ${timestamps}`,
      ),
    ]);
  });

  test.each<[string, readonly Made[], string]>([
    [
      "none",
      [],
      "timestamps in the certificate are of 0 logs of 0 operators, where 2 logs of 2 operators are needed, without a list that can't be read",
    ],
    ["one", [ash], `of 1 log of 1 operator, ${twoAreNeeded}`],
    ["two of one operator", [ash, oak], `of 2 logs of 1 operator, ${twoAreNeeded}`],
    ["the same log twice", [ash, ash], `of 1 log of 1 operator, ${twoAreNeeded}`],
    [
      "one of an unknown log",
      [ash, stranger],
      `of 1 log of 1 operator, ${twoAreNeeded}, without one of an unknown log`,
    ],
    [
      "another's signature",
      [ash, [elm, { by: key("RSA", "another log") }]],
      "without one of Elm with a wrong signature",
    ],
    [
      "the wrong kind of key",
      [ash, [elm, { algorithm: 0x0403 }]],
      "without one of Elm with a wrong signature",
    ],
    [
      "an algorithm that logs may not use",
      [ash, [elm, { algorithm: 0x0501 }]],
      "without one of Elm with a wrong signature",
    ],
    ["another version", [ash, [elm, { version: 1 }]], "without one that can't be read"],
    [
      "the signature of a tree head",
      [ash, [elm, { signatureType: 1 }]],
      "without one of Elm with a wrong signature",
    ],
    ["a time to come", [ash, [elm, { time: now + 3_600_000 }]], "without one of Elm from the future"],
    [
      "the last time that there is",
      [ash, [elm, { time: 0xffff_ffff_ffff_ffffn }]],
      "without one of Elm from the future",
    ],
  ])("are too few: %s", async (_, made, words) => {
    const chain = [withTimestamps(...made), root.der];
    const [rule, about] = await ask(required(), { chain });
    expect(rule).toBe("transparency");
    expect(about).toContain("is not shown to be logged: ");
    expect(about).toContain(words);
    // Two more make up for it, whatever was wrong.
    const better = [withTimestamps(...made, elm, yew), root.der];
    expect((await ask(required(), { chain: better }))[0]).toBe("passed");
  });

  test("may have extensions, which are signed", async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    expect(
      await ask(required(), { chain: [withTimestamps(ash, [elm, { extensions: bytes }]), root.der] }),
    ).toEqual(["passed", "logged by Ash (North), Elm (South)"]);
    const bent = loggedCertificate(plain, (entry) => {
      const one = timestamp(elm, entry, { extensions: bytes });
      one[43] = 9; // the first byte of the extensions
      return [timestamp(ash, entry), one];
    });
    expect((await ask(required(), { chain: [bent, root.der] }))[1]).toContain(
      "of Elm with a wrong signature",
    );
  });

  test("may be from a clock that is five minutes ahead", async () => {
    const time = Math.floor(now / 1000) * 1000;
    for (const [ahead, outcome] of [
      [300_000, "passed"],
      [300_001, "transparency"],
    ] as const) {
      const chain = [withTimestamps(ash, [elm, { time: time + ahead }]), root.der];
      expect((await ask(required(), { chain, time }))[0]).toBe(outcome);
    }
  });

  test.each([
    [180, 0, ["passed", "logged by Ash (North), Elm (South)"]],
    [
      180,
      1000,
      [
        "transparency",
        expect.stringContaining("of 2 logs of 2 operators, where 3 logs of 2 operators are needed"),
      ],
    ],
  ])("have to be of three logs for more than 180 days (%i days and %i ms)", async (days, more, expected) => {
    const options = { ...plain, notBefore: now - day, notAfter: now - day + days * day + more };
    const two = loggedCertificate(options, sign(ash, elm));
    expect(await ask(required(), { chain: [two, root.der] })).toEqual(expected);
    const three = loggedCertificate(options, sign(ash, oak, elm));
    expect((await ask(required(), { chain: [three, root.der] }))[0]).toBe("passed");
  });

  test("are found among the extensions wherever they stand", async () => {
    for (let before = 0; before <= leafExtensions.length; before++) {
      const chain = [loggedCertificate(plain, sign(ash, elm), before), root.der];
      expect((await ask(required(), { chain }))[0]).toBe("passed");
    }
    const alone = loggedCertificate({ ...plain, extensions: [] }, sign(ash, elm));
    expect((await ask(required(), { chain: [alone, root.der] }))[0]).toBe("passed");
    // Longer than 127 bytes without them, and than 255: lengths of one, two and three bytes come and go.
    for (const size of [60, 130, 300, 70_00]) {
      const ballast = extension("1.3.6.1.4.1.99999.1", new Uint8Array(size));
      const large = loggedCertificate({ ...plain, extensions: [ballast] }, sign(ash, elm), 0);
      expect((await ask(required(), { chain: [large, root.der] }))[0]).toBe("passed");
    }
  });

  test("are for the key of the certificate's issuer", async () => {
    const middle = authority("Middle", { issuer: root });
    const own = loggedCertificate({ ...plain, issuer: middle }, sign(ash, elm));
    expect((await ask(required(), { chain: [own, middle.der, root.der] }))[0]).toBe("passed");
    const namesake = authority("Middle", { issuer: root, key: key("P-256", "namesake") });
    expect((await ask(required(), { chain: [own, namesake.der, root.der] }))[0]).toBe("transparency");
    // Though it was found right for the other before.
    expect((await ask(required(), { chain: [own, middle.der, root.der] }))[0]).toBe("passed");
  });

  test("are not for another certificate", async () => {
    let taken: readonly Bytes[] = [];
    loggedCertificate(plain, (entry) => {
      taken = sign(ash, elm)(entry);
      return taken;
    });
    const chain = [loggedCertificate(plain, () => taken), root.der];
    expect((await ask(required(), { chain }))[1]).toContain("one of Ash with a wrong signature, one of Elm");
  });

  test.each<[string, (one: Bytes) => Bytes]>([
    ["nothing", () => noBytes],
    ["one byte", () => new Uint8Array([0])],
    ["a list without timestamps", () => timestampList([])],
    ["an empty timestamp", () => timestampList([noBytes])],
    ["a list that ends early", (one) => timestampList([one, one]).subarray(0, -1)],
    [
      "a length that leaves a timestamp out",
      (one) => concat(timestampList([one]), timestampList([one]).subarray(2)),
    ],
    ["bytes behind the list", (one) => concat(timestampList([one]), new Uint8Array(1))],
    [
      "a timestamp that is longer than the list",
      (one) => concat(new Uint8Array([0, 4, 0, 3]), one.subarray(0, 2)),
    ],
  ])("are told to be unreadable: %s", async (_, listOf) => {
    const chain = [loggedCertificate(plain, (entry) => listOf(timestamp(ash, entry))), root.der];
    expect((await ask(required(), { chain }))[1]).toContain("without a list that can't be read");
  });

  test("are told to be unreadable, one by one, at any length but theirs", async () => {
    const whole = timestamp(ash, new Uint8Array(9));
    for (let length = 1; length <= whole.length + 1; length++) {
      if (length === whole.length) continue;
      const cut = concat(whole, new Uint8Array(1)).subarray(0, length);
      const chain = [withList(timestampList([cut])), root.der];
      expect((await ask(required(), { chain }))[1]).toContain("without one that can't be read");
    }
  });
});

describe("the states of logs", () => {
  const time = now - 10 * day;
  const state = (name: string, since: number) => ({
    [name]: { timestamp: new Date(since).toISOString() },
  });
  const chain = [withTimestamps([ash, { time }], [elm, { time }]), root.der];

  test.each([
    ["qualified", true],
    ["usable", true],
    ["readonly", true],
    ["pending", false],
    ["rejected", false],
  ])("%s", async (name, isGood) => {
    const [outcome, words] = await ask(required({ logs: logsWith({ state: state(name, now - day) }) }), {
      chain,
    });
    expect(outcome).toBe(isGood ? "passed" : "transparency");
    if (!isGood) expect(words).toContain("without one of Ash, by its state");
  });

  test("none", async () => {
    expect((await ask(required({ logs: logsWith({ state: undefined }) }), { chain }))[0]).toBe(
      "transparency",
    );
  });

  test("retired counts for what it signed before, in certificates, beside a current one", async () => {
    const since = (milliseconds: number) =>
      required({ logs: logsWith({ state: state("retired", milliseconds) }) });
    expect((await ask(since(time + 1), { chain }))[0]).toBe("passed");
    expect((await ask(since(time), { chain }))[0]).toBe("transparency");
    // All retired.
    const none = parseLogList(logListJson(known, () => ({ state: state("retired", time + 1) })));
    expect((await ask(required({ logs: none }), { chain }))[0]).toBe("transparency");
    const policy = { logs: 1, operators: 1 };
    expect((await ask(required({ logs: none, policy }), { chain }))[0]).toBe("transparency");
    // With the handshake.
    const der = leaf();
    const scts = sign([ash, { time }], [elm, { time }])(certificateEntry(der));
    const asked = { chain: [der, root.der], evidence: { signedCertificateTimestamps: scts } };
    expect((await ask(required(), asked))[0]).toBe("passed");
    expect((await ask(since(time + 1), asked))[0]).toBe("transparency");
  });

  test("an operator is who ran the log then", async () => {
    const changed = (milliseconds: number) =>
      required({
        logs: logsWith({
          previous_operators: [{ name: "South", end_time: new Date(milliseconds).toISOString() }],
        }),
      });
    expect((await ask(changed(time + 1), { chain }))[1]).toContain("of 2 logs of 1 operator");
    expect((await ask(changed(time), { chain }))[0]).toBe("passed");
  });
});

describe("timestamps that come with the handshake", () => {
  const der = leaf();
  const chain = [der, root.der];
  const entry = certificateEntry(der);

  test("in the TLS extension", async () => {
    const signedCertificateTimestamps = sign(ash, elm)(entry);
    expect(await ask(required(), { chain, evidence: { signedCertificateTimestamps } })).toEqual([
      "passed",
      "logged by Ash (North), Elm (South)",
    ]);
  });

  test("in a stapled OCSP response, in any of its answers", async () => {
    const [first, second] = sign(ash, elm)(entry) as [Bytes, Bytes];
    const ocspResponse = stapledResponse([undefined, timestampList([first]), timestampList([second])]);
    expect((await ask(required(), { chain, evidence: { ocspResponse } }))[0]).toBe("passed");
    const half = stapledResponse([timestampList([first])]);
    expect((await ask(required(), { chain, evidence: { ocspResponse: half } }))[1]).toContain(
      "timestamps with the handshake are of 1 log of 1 operator",
    );
    const both = { ocspResponse: half, signedCertificateTimestamps: [second] };
    expect((await ask(required(), { chain, evidence: both }))[0]).toBe("passed");
  });

  test("not in a response that can't be read, which harms nobody", async () => {
    const whole = stapledResponse([timestampList(sign(ash, elm)(entry))]);
    const broken = [
      noBytes,
      whole.subarray(0, -1),
      concat(whole, new Uint8Array(1)),
      stapledResponse([new Uint8Array([0, 1])]),
    ];
    for (const ocspResponse of broken) {
      const [outcome, words] = await ask(required(), { chain, evidence: { ocspResponse } });
      expect([outcome, words]).toEqual([
        "transparency",
        expect.stringContaining("a list that can't be read"),
      ]);
      const evidence = { ocspResponse, signedCertificateTimestamps: sign(ash, elm)(entry) };
      expect((await ask(required(), { chain, evidence }))[0]).toBe("passed");
    }
    // tryLater, with nothing behind it.
    const refusal = new Uint8Array([0x30, 3, 0x0a, 1, 3]);
    expect(await ask(transparency({ logs }), { chain, evidence: { ocspResponse: refusal } })).toEqual([
      "absent",
      "no timestamps of a log",
    ]);
  });

  test("are about the certificate as it is, and not as the log of a CA saw it", async () => {
    let taken: readonly Bytes[] = [];
    const own = loggedCertificate(plain, (precertificate) => {
      taken = sign(elm, yew)(precertificate);
      return [timestamp(ash, precertificate)];
    });
    const ask1 = (signedCertificateTimestamps: readonly Bytes[]) =>
      ask(required(), { chain: [own, root.der], evidence: { signedCertificateTimestamps } });
    expect((await ask1(taken))[0]).toBe("transparency");
    expect((await ask1(sign(elm, yew)(certificateEntry(own))))[0]).toBe("passed");
    // And the other way round.
    const mixed = loggedCertificate(plain, sign(ash));
    const wrongWay = loggedCertificate(plain, () => sign(ash, elm)(certificateEntry(mixed)));
    expect((await ask(required(), { chain: [wrongWay, root.der] }))[0]).toBe("transparency");
    expect(precertificateEntry(noBytes, root.key).length).toBe(2 + 32 + 3);
  });

  test("are not added to those of the certificate", async () => {
    const own = withTimestamps(ash);
    const evidence = { signedCertificateTimestamps: [timestamp(elm, certificateEntry(own))] };
    const [outcome, words] = await ask(required(), { chain: [own, root.der], evidence });
    expect(outcome).toBe("transparency");
    expect(words).toMatch(/in the certificate are of 1 log.*; timestamps with the handshake are of 1 log/);
  });

  test("two are enough for a long life", async () => {
    const long = leaf({ notBefore: now - day, notAfter: now + 360 * day });
    const evidence = { signedCertificateTimestamps: sign(ash, elm)(certificateEntry(long)) };
    expect((await ask(required(), { chain: [long, root.der], evidence }))[0]).toBe("passed");
  });
});

describe("what is asked", () => {
  const bare = [leaf(), root.der];

  test("by default nothing: what is missing is told", async () => {
    const check = transparency({ logs });
    expect(await ask(check, { chain: bare })).toEqual(["absent", "no timestamps of a log"]);
    expect(await ask(check, { chain: [withTimestamps(ash), root.der] })).toEqual([
      "absent",
      "timestamps in the certificate are of 1 log of 1 operator, where 2 logs of 2 operators are needed",
    ]);
  });

  test("of all, or of certificates under public roots", async () => {
    for (const [option, profile, outcome] of [
      [false, "webpki", "absent"],
      ["public", "webpki", "transparency"],
      ["public", "private", "absent"],
      [true, "private", "transparency"],
    ] as const) {
      const check = transparency({ logs, required: option });
      expect((await ask(check, { chain: bare, profile }))[0]).toBe(outcome);
    }
  });

  test("as many logs as a policy says", async () => {
    const one = required({ policy: { logs: 1, operators: 1 } });
    expect((await ask(one, { chain: [withTimestamps(ash), root.der] }))[0]).toBe("passed");
    const four = required({ policy: { logs: 4, operators: 3 } });
    expect((await ask(four, { chain: [withTimestamps(ash, oak, elm, yew), root.der] }))[0]).toBe("passed");
    expect((await ask(four, { chain: [withTimestamps(ash, elm, yew), root.der] }))[1]).toContain(
      "of 3 logs of 3 operators, where 4 logs of 3 operators are needed",
    );
    const der = leaf();
    const evidence = { signedCertificateTimestamps: sign(ash)(certificateEntry(der)) };
    expect((await ask(one, { chain: [der, root.der], evidence }))[0]).toBe("passed");
  });

  test("an old list is told, where it may be the reason", async () => {
    const old = parseLogList(logListJson(known));
    const time = now + 71 * day + 60_000;
    expect((await ask(transparency({ logs: old }), { chain: bare, time }))[1]).toBe(
      "no timestamps of a log (the list of logs is 71 days old)",
    );
    expect((await ask(transparency({ logs: old }), { chain: bare, time: time - day }))[1]).toBe(
      "no timestamps of a log",
    );
  });
});

describe("what it costs", () => {
  const verify = (
    ...[algorithm, publicKey, message, signature]: Parameters<typeof defaultProvider.verify>
  ): Promise<boolean> => Promise.resolve(defaultProvider.verify(algorithm, publicKey, message, signature));

  test("no signature is checked that can change nothing, and none of a certificate twice", async () => {
    const certificate = withTimestamps(stranger, ash, ash, elm, yew, oak);
    const counting = vi.fn(verify);
    for (let i = 0; i < 2; i++) {
      await ask(required(), { chain: [certificate, root.der], verify: counting });
      expect(counting).toHaveBeenCalledTimes(2);
    }
  });

  test("what is remembered of one timestamp is not believed of another of the same log", async () => {
    const bad = { by: key("P-256", "stranger") };
    const certificate = withTimestamps([ash, { time: now }], elm, [ash, bad]);
    const chain = [certificate, root.der];
    expect((await ask(required(), { chain }))[0]).toBe("passed");
    // Before the first.
    const [outcome, words] = await ask(required(), { chain, time: now - 600_000 });
    expect(outcome).toBe("transparency");
    expect(words).toContain("without one of Ash from the future, one of Ash with a wrong signature");
  });

  test("a spent budget ends it", async () => {
    const chain = [withTimestamps(ash, elm), root.der];
    expect(await ask(transparency({ logs }), { chain, verify: async () => "spent" })).toEqual(["budget", ""]);
  });

  test("a certificate that was seen before costs nothing, unless its time or a log's key is another", async () => {
    const own = withTimestamps(ash, [elm, { time: now }]);
    const counting = vi.fn(defaultProvider.verify);
    const provider = { ...defaultProvider, verify: counting };
    const verifier = (list = logs) =>
      createServerVerifier({ roots: [root.der], checks: [transparency({ logs: list, required: true })] });
    const given = presented({ chain: [own], provider });
    expect((await verifier()(given)).notes).toEqual([
      { check: "transparency", outcome: "passed", detail: "logged by Ash (North), Elm (South)" },
    ]);
    expect(counting).toHaveBeenCalledTimes(3);
    await verifier()(presented({ chain: [own], provider }));
    expect(counting).toHaveBeenCalledTimes(3);
    const swapped = logsWith({ key: Buffer.from(yew.key.spki).toString("base64") });
    await expect(verifier(swapped)(given)).rejects.toMatchObject({ code: "certificate_not_logged" });
    await expect(
      verifier()(presented({ chain: [own], provider, time: now - 600_000 })),
    ).rejects.toMatchObject({
      code: "certificate_not_logged",
    });
  });
});

describe("with the built-in verifier", () => {
  const verifier = createServerVerifier({ roots: [root.der], checks: [required()] });

  test("a certificate that no log took is refused [certificate_not_logged]", async () => {
    await expect(verifier(presented({ chain: [leaf()] }))).rejects.toMatchObject({
      code: "certificate_not_logged",
      alert: { name: "bad_certificate", direction: "sent" },
      message: expect.stringContaining("certificate is not shown to be logged: no timestamps of a log"),
    });
  });

  test("a precertificate is refused, logged or not", async () => {
    // RFC 6962 §3.1: the poison, which is critical so that no client takes a precertificate for a certificate.
    const poison = extension("1.3.6.1.4.1.11129.2.4.3", new Uint8Array([5, 0]), true);
    const options = { ...plain, extensions: [...leafExtensions, poison] };
    for (const der of [makeCertificate(options), loggedCertificate(options, sign(ash, elm))]) {
      for (const judge of [verifier, createServerVerifier({ roots: [root.der] })]) {
        await expect(judge(presented({ chain: [der] }))).rejects.toMatchObject({
          code: "certificate_unsupported",
          message: expect.stringContaining("1.3.6.1.4.1.11129.2.4.3"),
        });
      }
    }
  });
});

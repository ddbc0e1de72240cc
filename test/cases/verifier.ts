import { believer } from "../../lab/leafKey.ts";
import { alert, before, end, waitFor } from "../../lab/script.ts";
import type { PresentedCertificates, ServerIdentity } from "../../src/trust/verifier.ts";
import { peerError } from "../../src/wire/error.ts";
import { type Case, expect, expectEqual, within } from "./case.ts";
import { certified, closeCleanly, exchangeData, meet, opened, refused, success } from "./meeting.ts";

/** A verifier that answers when it is told to. */
class Pending {
  presented: PresentedCertificates | undefined;
  readonly asked: Promise<void>;
  answer!: (identity: ServerIdentity) => void;
  refuse!: (error: unknown) => void;
  #ask!: () => void;

  constructor() {
    this.asked = new Promise((resolve) => {
      this.#ask = resolve;
    });
  }

  readonly verifier = (presented: PresentedCertificates): Promise<ServerIdentity> => {
    this.presented = presented;
    const answer = new Promise<ServerIdentity>((resolve, reject) => {
      this.answer = resolve;
      this.refuse = reject;
    });
    // Made when it is first looked at.
    void presented.signal;
    this.#ask();
    return answer;
  };

  get identity(): ServerIdentity {
    return believer(this.presented as PresentedCertificates) as ServerIdentity;
  }
}

/** Things that are no identity, and no refusal either. */
const failures: readonly (readonly [what: string, verifier: () => never])[] = [
  [
    "throws an Error",
    () => {
      throw new Error("out of order");
    },
  ],
  ["rejects with an Error", (() => Promise.reject(new Error("out of order"))) as unknown as () => never],
  [
    "throws nothing that can be shown",
    () => {
      // biome-ignore lint/style/useThrowOnlyError: a verifier of the caller's may
      throw undefined;
    },
  ],
  ["answers with nothing", (() => undefined) as unknown as () => never],
  ["answers with nothing, later", (async () => undefined) as unknown as () => never],
];

export const cases: readonly Case[] = [
  ...failures.map(
    ([what, verifier]): Case => ({
      name: `ends with internal_error where the verifier ${what}`,
      rules: ["internal_error"],
      run: async (harness) => {
        const meeting = await meet(harness, { client: { verifier } });
        const says = /verifier (failed|answered with no identity)/;
        await refused(meeting, { code: "internal_error", alert: "internal_error", under: "handshake", says });
      },
    }),
  ),
  {
    name: "waits for a verifier that answers late, with the rest of the flight already there",
    rules: [],
    run: async (harness) => {
      const pending = new Pending();
      const meeting = await meet(harness, { client: { verifier: pending.verifier } });
      await within("the verifier is asked", pending.asked);
      // More than one round of everything that could go on without it.
      for (let i = 0; i < 50; i++) await undefined;
      expectEqual(meeting.client.told, [], "what the face was told meanwhile");
      pending.answer(pending.identity);
      await opened(meeting);
      expect(pending.presented?.signal.aborted === false, "the signal was aborted");
      await exchangeData(meeting);
      await closeCleanly(meeting);
    },
  },
  {
    name: "refuses where a late verifier refuses",
    rules: ["certificate_revoked"],
    run: async (harness) => {
      const pending = new Pending();
      const meeting = await meet(harness, { client: { verifier: pending.verifier } });
      await within("the verifier is asked", pending.asked);
      pending.refuse(peerError("certificate_revoked", "just now"));
      await refused(meeting, {
        code: "certificate_revoked",
        alert: "certificate_revoked",
        under: "handshake",
      });
    },
  },
  {
    name: "fails at once where a fatal alert comes while the verifier is at work, and aborts its signal",
    rules: ["6/2", "6/3", "6.2/2"],
    run: async (harness) => {
      const pending = new Pending();
      const meeting = await meet(harness, {
        client: { verifier: pending.verifier },
        bends: { script: before("CertificateVerify", waitFor(pending.asked), alert("access_denied")) },
      });
      const { client, lab } = meeting;
      await within("the client is closed", client.closing);
      expectEqual(
        [client.error?.code, client.error?.alert],
        ["alert_received", { name: "access_denied", direction: "received" }],
        "the error",
      );
      const signal = pending.presented?.signal;
      expect(signal?.aborted === true, "the signal was not aborted");
      expect(signal.reason === client.error, "the signal's reason is another");
      await within("the server saw the end", lab.done);
      expectEqual(lab.seen.alerts, [], "alerts of the client's");
      // An answer that comes too late changes nothing.
      pending.answer(pending.identity);
      for (let i = 0; i < 20; i++) await undefined;
      expectEqual(client.told, ["failed", "closed"], "what the face was told");
    },
  },
  {
    name: "fails at once where the stream ends while the verifier is at work",
    rules: ["truncated"],
    run: async (harness) => {
      const pending = new Pending();
      const { client } = await meet(harness, {
        client: { verifier: pending.verifier },
        bends: { script: before("CertificateVerify", waitFor(pending.asked), end) },
      });
      await within("the client is closed", client.closing);
      expectEqual([client.error?.code, client.error?.alert], ["truncated", undefined], "the error");
      expect(pending.presented?.signal.aborted === true, "the signal was not aborted");
      // Nobody waits for it any more, and nobody is told.
      pending.refuse(new Error("too late"));
      for (let i = 0; i < 20; i++) await undefined;
      expectEqual(client.told, ["failed", "closed"], "what the face was told");
    },
  },
  {
    name: "fails at once where the caller aborts while the verifier is at work",
    rules: ["6.1/3"],
    run: async (harness) => {
      const pending = new Pending();
      const controller = new AbortController();
      const { client, lab } = await meet(harness, {
        client: { verifier: pending.verifier, signal: controller.signal },
      });
      await within("the verifier is asked", pending.asked);
      controller.abort(new Error("no more"));
      await within("the client is closed", client.closing);
      expectEqual(client.error?.code, "aborted", "the code");
      expect(pending.presented?.signal.aborted === true, "the signal was not aborted");
      await within("the server saw the end", lab.done);
      expectEqual(
        lab.seen.alerts.map(({ level, name, epoch }) => [level, name, epoch]),
        [
          ["warning", "user_canceled", "handshake"],
          ["warning", "close_notify", "handshake"],
        ],
        "the client's alerts",
      );
    },
  },
  success({
    name: "shows the identity that the verifier answered with",
    rules: [],
    client: { verifier: async (presented) => ({ ...(await believer(presented)), vouchedBy: "the test" }) },
    check: (_, handshake) =>
      expectEqual(certified(handshake).identity.vouchedBy, "the test", "what vouches for it"),
  }),
];

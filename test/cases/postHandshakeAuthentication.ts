import { alert, data, end, keyUpdate, type Script, send } from "../../lab/script.ts";
import type { LabServer } from "../../lab/server.ts";
import { maxCertificateRequests } from "../../src/connection/postHandshakeAuthentication.ts";
import type { ClientIdentity, IdentityContext } from "../../src/identity/clientIdentity.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import type { ExternalPsk } from "../../src/session/externalPsk.ts";
import { type Bytes, concat, fromAscii, toHex, toLatin1 } from "../../src/wire/bytes.ts";
import { type Case, expect, expectEqual, within } from "./case.ts";
import { asking } from "./clientCertificates.ts";
import { identityOf, slowIdentity, wrongly } from "./clientIdentities.ts";
import { rawExtension } from "./extensionEdits.ts";
import {
  closeCleanly,
  exchangeData,
  type Meeting,
  meet,
  opened,
  refused,
  success,
  type Wishes,
} from "./meeting.ts";
import { failed, misdeed, talk } from "./opened.ts";
import { acquaintance, meetAgain, visit } from "./returning.ts";

const willing = { postHandshakeAuthentication: true };

/** A request with this context, as a server sends it once the handshake is done. */
function request(context: readonly number[], extensions = asking(["ecdsa_secp256r1_sha256"])): Script {
  const body = { certificateRequestContext: new Uint8Array(context), extensions };
  return [{ ...send("CertificateRequest", body), transcript: false } as Script[number]];
}

async function answers(lab: LabServer, count: number): Promise<void> {
  await within(
    `${count} answers have come`,
    Promise.race([
      lab.seen.until(() => lab.seen.clients.length >= count),
      lab.done.then(() => {
        if (lab.failure !== undefined) throw lab.failure;
      }),
    ]),
  );
}

/** What the client sent since it opened the connection, by name. */
function since({ lab }: Meeting, count: number): readonly (readonly [string, string])[] {
  return lab.seen.messages.slice(count).map(({ name, epoch }) => [name, epoch]);
}

const flight = ["Certificate", "CertificateVerify", "Finished"] as const;

const answered: readonly Case[] = [
  success({
    name: "offers post_handshake_auth where it is to be offered",
    rules: ["4.7.2/1"],
    client: willing,
    check: ({ lab }) => {
      const offered = lab.context.hello.body.extensions.find(
        ({ type }) => type === table.postHandshakeAuth.type,
      );
      expectEqual(offered?.data, new Uint8Array(0), "the extension");
    },
  }),
  success({
    name: "does not offer post_handshake_auth by itself",
    rules: [],
    check: ({ lab }) => {
      const { extensions } = lab.context.hello.body;
      expect(!extensions.some(({ type }) => type === table.postHandshakeAuth.type), "it is offered");
    },
  }),
  ...[false, true].map(
    (retried): Case => ({
      name: `answers requests after the handshake, each over the handshake alone${retried ? ", after a retry, too" : ""}`,
      rules: ["4.7.2/1", "4.7.2/2", "4.7.2/3", "4.7.2/5", "4.1/3", "4.5.1/5"],
      run: async (harness) => {
        const identity = await identityOf(harness);
        const client = { ...willing, identity, ...(retried ? { keyShares: [] } : {}) };
        const meeting = await meet(harness, { client, server: { requestCertificate: true } });
        await opened(meeting);
        const { lab } = meeting;
        await talk(meeting);
        const before = lab.seen.messages.length;
        for (const count of [2, 3, 4]) {
          await lab.perform(lab.message("CertificateRequest"));
          await answers(lab, count);
          await talk(meeting);
        }
        expectEqual(
          since(meeting, before),
          [...flight, ...flight, ...flight].map((name) => [name, "application"]),
          "the client's messages",
        );
        for (const [i, seen] of lab.seen.clients.entries()) {
          expectEqual(seen.certificates, identity.certificates, "the certificates");
          expectEqual(seen.afterHandshake, i > 0, "whether it came after the handshake");
        }
        await closeCleanly(meeting);
      },
    }),
  ),
  {
    name: "declines with an empty Certificate and Finished",
    rules: ["4.7.2/4", "4.5.1/3"],
    run: async (harness) => {
      const meeting = await meet(harness, { client: willing });
      await opened(meeting);
      const { lab } = meeting;
      const before = lab.seen.messages.length;
      await lab.perform(...request([1, 2, 3]));
      await answers(lab, 1);
      expectEqual(
        since(meeting, before),
        [
          ["Certificate", "application"],
          ["Finished", "application"],
        ],
        "the client's messages",
      );
      const [seen] = lab.seen.clients;
      expectEqual([seen?.certificates, seen?.requestContext], [[], new Uint8Array([1, 2, 3])], "the answer");
      await exchangeData(meeting);
      await closeCleanly(meeting);
    },
  },
  {
    name: "answers one request after the other, with nothing in between, while data flows",
    rules: ["4.7.2/5", "4.7.2/6"],
    run: async (harness) => {
      const { identity: slow, asked, release } = await slowIdentity(harness);
      let signing = 0;
      const identity: ClientIdentity = {
        ...slow,
        sign: async (...what) => {
          expectEqual(++signing, 1, "signatures under way");
          const signature = await slow.sign(...what);
          signing--;
          return signature;
        },
      };
      const meeting = await meet(harness, { client: { ...willing, identity } });
      await opened(meeting);
      const { lab, connection } = meeting;
      const before = lab.seen.messages.length;
      await lab.perform(...request([1]), ...request([2]), ...request([3]));
      await within("a signature is asked for", asked);
      await talk(meeting);
      release();
      connection.write(new Uint8Array(100_000), () => {});
      await answers(lab, 3);
      await talk(meeting);
      // The lab refuses whatever else comes within an answer.
      expectEqual(
        since(meeting, before).map(([name]) => name),
        [...flight, ...flight, ...flight],
        "the client's messages",
      );
      expectEqual(
        lab.seen.clients.map(({ requestContext }) => toHex(requestContext)).sort(),
        ["01", "02", "03"],
        "the contexts",
      );
      await closeCleanly(meeting);
    },
  },
  {
    name: "makes Finished by the secret that is in force when the answer leaves",
    rules: ["4.7.2/3"],
    run: async (harness) => {
      const { identity, asked, release } = await slowIdentity(harness);
      const meeting = await meet(harness, { client: { ...willing, identity } });
      await opened(meeting);
      const { lab, connection } = meeting;
      await lab.perform(...request([7]));
      await within("a signature is asked for", asked);
      connection.updateKeys();
      await lab.perform(...keyUpdate(1));
      await talk(meeting);
      release();
      await answers(lab, 1);
      const verify = lab.seen.messages.find(({ name }) => name === "CertificateVerify");
      expectEqual(verify?.generation, 2, "the generation of the keys");
      await talk(meeting);
      await closeCleanly(meeting);
    },
  },
  {
    name: "answers no more once it has said close_notify",
    rules: ["6.1/6"],
    run: async (harness) => {
      const { identity, asked, release } = await slowIdentity(harness);
      const meeting = await meet(harness, {
        client: { ...willing, identity },
        server: { answerClose: false },
      });
      await opened(meeting);
      const { lab, connection, client } = meeting;
      await lab.perform(...request([7]));
      await within("a signature is asked for", asked);
      connection.end();
      await within(
        "the server has seen the end",
        lab.seen.until(() => lab.seen.alerts.length > 0),
      );
      release();
      await lab.perform(data(fromAscii("last words")), alert("close_notify"), end);
      await within("the client is closed", client.closing);
      expectEqual(lab.seen.named("Certificate"), [], "what came after the end");
      expectEqual(client.error, undefined, "the error");
    },
  },
  ...(["end", "close"] as const).map(
    (how): Case => ({
      name: `asks for no signature after ${how}(), and takes back the one that it asked for`,
      rules: [],
      run: async (harness) => {
        const quick = await identityOf(harness);
        const asked: IdentityContext[] = [];
        let fail: (why: Error) => void = () => {};
        const identity: ClientIdentity = {
          ...quick,
          sign: (_, __, context) => {
            asked.push(context);
            return new Promise((_, reject) => {
              fail = reject;
            });
          },
        };
        const meeting = await meet(harness, {
          client: { ...willing, identity },
          server: { answerClose: false },
        });
        await opened(meeting);
        const { lab, connection, client } = meeting;
        await lab.perform(...request([1]), ...request([2]));
        await within(
          "a signature is asked for",
          (async () => {
            while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
          })(),
        );
        const signal = asked[0]?.signal;
        expectEqual(signal?.aborted, false, "whether the signal has fired");
        connection[how]();
        await within(
          "the server has seen the end",
          lab.seen.until(() => lab.seen.alerts.length > 0),
        );
        expectEqual(signal?.aborted, true, "whether the signal has fired");
        // A key that is told that nobody waits is right to say so.
        fail(new Error("nobody waits"));
        if (how === "end") await lab.perform(...request([3]), data(fromAscii("last words")));
        await lab.perform(alert("close_notify"), end);
        await within("the client is closed", client.closing);
        expectEqual(toLatin1(client.content), how === "end" ? "last words" : "", "what was read");
        expectEqual([asked.length, client.error], [1, undefined], "the signatures, and the error");
        expectEqual(lab.seen.named("Certificate"), [], "what came after the end");
      },
    }),
  ),
];

const sharedKey = (kind: ExternalPsk["kind"]): ExternalPsk => ({
  kind,
  identity: fromAscii("known to both"),
  key: new Uint8Array(32).fill(7),
  hash: "SHA-256",
});

/** RFC 9846 §4.4.2: a session is as good as the handshake that it began with. */
const resumed: readonly Case[] = [
  {
    name: "answers a server that resumes what a certificate began",
    rules: ["4.7.2/2"],
    run: async (harness) => {
      const known = acquaintance(harness);
      const client = { ...willing, identity: await identityOf(harness) };
      await visit(known, { client, server: { tickets: 1 } });
      const meeting = await meetAgain(known, { client });
      const { server } = await opened(meeting);
      expectEqual(server.kind, "resumption", "how the server authenticated itself");
      await meeting.lab.perform(...request([1]));
      await answers(meeting.lab, 1);
      await closeCleanly(meeting);
    },
  },
  {
    name: "refuses a request of a server that resumes what an external PSK began",
    rules: ["4/2"],
    run: async (harness) => {
      const known = acquaintance(harness);
      const psks = [sharedKey("external")];
      const client = { ...willing, identity: await identityOf(harness), psks };
      await visit(known, { client, server: { psks, tickets: 1 } });
      const meeting = await meetAgain(known, { client });
      const { server } = await opened(meeting);
      expectEqual(server.kind, "resumption", "how the server authenticated itself");
      await meeting.lab.perform(...request([1]));
      await failed(meeting, "unexpected_handshake_message: sent unexpected_message");
    },
  },
];

const broken = ([context, extensions]: Parameters<typeof request>): Script => request(context, extensions);

const misdeeds: readonly Case[] = [
  misdeed({
    name: "refuses a request after the handshake with the context of another",
    rules: ["request_context_repeated"],
    client: willing,
    steps: [...request([1, 2]), ...request([3]), ...request([1, 2])],
    code: "request_context_repeated",
    alert: "illegal_parameter",
  }),
  misdeed({
    name: "refuses a request after the handshake with the empty context that the one within it had",
    rules: ["request_context_repeated"],
    client: willing,
    server: { requestCertificate: true },
    steps: request([]),
    code: "request_context_repeated",
    alert: "illegal_parameter",
  }),
  ...(["external", "imported"] as const).map((kind) =>
    misdeed({
      name: `refuses a request after the handshake of a server that knows an ${kind} PSK`,
      rules: ["4/2"],
      client: { ...willing, psks: [sharedKey(kind)] },
      server: { psks: [sharedKey(kind)] },
      steps: request([1]),
      code: "unexpected_handshake_message",
      alert: "unexpected_message",
    }),
  ),
  misdeed({
    name: "refuses requests without end",
    rules: ["too_many_certificate_requests"],
    client: willing,
    steps: Array.from({ length: maxCertificateRequests + 1 }, (_, i) => request([i])).flat(),
    code: "too_many_certificate_requests",
    alert: "unexpected_message",
  }),
  misdeed({
    name: "refuses a request after the handshake without signature_algorithms",
    rules: ["4.4.2/2"],
    client: willing,
    steps: broken([[1], []]),
    code: "request_without_signature_algorithms",
    alert: "missing_extension",
  }),
  misdeed({
    name: "refuses a request after the handshake with an extension that may not stand there",
    rules: ["4.3/9"],
    client: willing,
    steps: broken([[1], [...asking(["ed25519"]), rawExtension(table.keyShare.type)]]),
    code: "misplaced_extension",
    alert: "illegal_parameter",
  }),
  misdeed({
    name: "refuses Certificate after the handshake, although it has offered to be asked",
    rules: ["4/2"],
    client: willing,
    steps: [
      { ...send("Certificate", { certificateRequestContext: new Uint8Array(0), certificateList: [] }) },
    ],
    code: "unexpected_handshake_message",
    alert: "unexpected_message",
  }),
  {
    name: "refuses a request that comes before its own Finished has left",
    rules: ["4/2"],
    run: async (harness) => {
      const { identity, asked } = await slowIdentity(harness);
      const meeting = await meet(harness, {
        client: { ...willing, identity },
        server: { requestCertificate: true },
      });
      await within("a signature is asked for", asked);
      await meeting.lab.perform(...request([1]));
      await refused(meeting, {
        code: "unexpected_handshake_message",
        alert: "unexpected_message",
        under: "handshake",
      });
    },
  },
];

interface FailureRow {
  readonly name: string;
  readonly client: (identity: Awaited<ReturnType<typeof identityOf>>) => Wishes["client"];
  readonly extensions?: Parameters<typeof request>[1];
  readonly expected: string;
}

const failures: readonly Case[] = (
  [
    {
      name: "fails where an identity is required after the handshake and none suits",
      client: (identity) => ({ identity, requireIdentity: true }),
      extensions: asking(["ed25519"]),
      expected: "no_suitable_identity: sent handshake_failure",
    },
    {
      name: "fails where the key signs something else after the handshake",
      client: (identity) => ({ identity: wrongly(identity) }),
      expected: "signing_failed: sent internal_error",
    },
  ] satisfies readonly FailureRow[]
).map(
  ({ name, client, extensions, expected }: FailureRow): Case => ({
    name,
    rules: [expected.split(":")[0] as string],
    run: async (harness) => {
      const identity = await identityOf(harness);
      const meeting = await meet(harness, { client: { ...willing, ...client(identity) } });
      await opened(meeting);
      await talk(meeting);
      await meeting.lab.perform(...request([1], extensions));
      await failed(meeting, expected);
      expectEqual(meeting.lab.seen.named("Certificate"), [], "what was shown");
    },
  }),
);

/** The context may be as long as 255 bytes, and comes back as it was. */
const longContext: Case = {
  name: "repeats the context of a request, of whatever length",
  rules: ["4.5.1/5"],
  run: async (harness) => {
    const meeting = await meet(harness, { client: willing });
    await opened(meeting);
    const contexts: readonly Bytes[] = [new Uint8Array(0), concat(new Uint8Array(255).fill(9))];
    for (const [i, context] of contexts.entries()) {
      await meeting.lab.perform(...request([...context]));
      await answers(meeting.lab, i + 1);
    }
    expectEqual(
      meeting.lab.seen.clients.map(({ requestContext }) => requestContext),
      contexts,
      "the contexts",
    );
    await closeCleanly(meeting);
  },
};

const neverSigned: Case = {
  name: "fails where a key never signs after the handshake [timeout]",
  rules: [],
  run: async (harness) => {
    const signals: AbortSignal[] = [];
    const identity: ClientIdentity = {
      ...(await identityOf(harness)),
      sign: (_, __, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    };
    const meeting = await meet(harness, { client: { ...willing, identity, handshakeTimeout: 1000 } });
    await opened(meeting);
    await meeting.lab.perform(...request([7]));
    await within("the client is closed", meeting.client.closing);
    expectEqual(meeting.client.error?.code, "timeout", "the error");
    expectEqual(
      meeting.client.error?.message,
      "the answer to a CertificateRequest took longer than 1000 ms",
      "what it says",
    );
    expectEqual(
      signals.map(({ aborted }) => aborted),
      [true],
      "whether the signals have fired",
    );
  },
};

export const cases: readonly Case[] = [
  ...answered,
  longContext,
  ...resumed,
  neverSigned,
  ...misdeeds,
  ...failures,
];

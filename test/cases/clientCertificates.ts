import { alert, data } from "../../lab/script.ts";
import { type SignatureSchemeName, signatureSchemes } from "../../src/crypto/signatureSchemes.ts";
import type { ClientIdentity, IdentityContext, IdentityRequest } from "../../src/identity/clientIdentity.ts";
import type { RawExtension } from "../../src/messages/extensions/extension.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { type Bytes, fromAscii, fromHex } from "../../src/wire/bytes.ts";
import { type Case, type CredentialKind, expect, expectEqual, type Harness, within } from "./case.ts";
import { identityOf, slowIdentity, wrongly } from "./clientIdentities.ts";
import { made, rawExtension } from "./extensionEdits.ts";
import {
  closeCleanly,
  exchangeData,
  type Meeting,
  meet,
  opened,
  refused,
  type SuccessRow,
  type Wishes,
} from "./meeting.ts";
import { failed } from "./opened.ts";

/** A request for signatures by these schemes, and what else is asked for. */
export function asking(
  schemes: readonly SignatureSchemeName[] | readonly number[],
  ...more: readonly RawExtension[]
): readonly RawExtension[] {
  const codes = schemes.map((one) => (typeof one === "number" ? one : signatureSchemes[one].code));
  return [made(table.signatureAlgorithms, "CertificateRequest", codes), ...more];
}

type With = (identity: ClientIdentity) => Wishes;

interface Row extends Pick<SuccessRow, "name" | "rules" | "check"> {
  /** Default: P-256. */
  readonly kind?: CredentialKind;
  readonly with?: With;
  readonly run?: never;
}

/** A client with an identity, and a server that asks for one. */
function identified({ name, rules, kind = "P-256", check, with: wishes }: Row): Case {
  return {
    name,
    rules,
    run: async (harness) => {
      const meeting = await meetIdentified(harness, kind, wishes);
      const handshake = await opened(meeting);
      await check?.(meeting, handshake);
      await exchangeData(meeting);
      await closeCleanly(meeting);
    },
  };
}

async function meetIdentified(
  harness: Harness,
  kind: CredentialKind = "P-256",
  wishesFor: With = () => ({}),
): Promise<Meeting> {
  const identity = await identityOf(harness, kind);
  const { client, server, ...wishes } = wishesFor(identity);
  return meet(harness, {
    ...wishes,
    client: { identity, ...client },
    server: { requestCertificate: true, ...server },
  });
}

function unidentified(row: Row): Case {
  return identified({
    ...row,
    check: async (meeting, handshake) => {
      expectEqual(
        meeting.lab.seen.messages.map(({ name }) => name),
        ["ClientHello", "Certificate", "Finished"],
        "the client's messages",
      );
      expectEqual(meeting.lab.seen.clients[0]?.certificates, [], "the certificates");
      expectEqual(handshake.clientIdentity, undefined, "the identity that was shown");
      await row.check?.(meeting, handshake);
    },
  });
}

const fitting: readonly {
  readonly kind: CredentialKind;
  readonly scheme: SignatureSchemeName;
  readonly rules: readonly string[];
}[] = [
  { kind: "P-256", scheme: "ecdsa_secp256r1_sha256", rules: [] },
  { kind: "P-384", scheme: "ecdsa_secp384r1_sha384", rules: [] },
  { kind: "P-521", scheme: "ecdsa_secp521r1_sha512", rules: [] },
  { kind: "Ed25519", scheme: "ed25519", rules: [] },
  { kind: "RSA", scheme: "rsa_pss_rsae_sha256", rules: ["4.3.3/7", "4.3.3/9"] },
  { kind: "RSA", scheme: "rsa_pss_rsae_sha384", rules: ["4.3.3/7", "4.3.3/9"] },
  { kind: "RSA", scheme: "rsa_pss_rsae_sha512", rules: ["4.3.3/7", "4.3.3/9"] },
  { kind: "RSA-PSS", scheme: "rsa_pss_pss_sha256", rules: ["4.3.3/11", "4.3.3/13"] },
  { kind: "RSA-PSS", scheme: "rsa_pss_pss_sha384", rules: ["4.3.3/11", "4.3.3/13"] },
  { kind: "RSA-PSS", scheme: "rsa_pss_pss_sha512", rules: ["4.3.3/11", "4.3.3/13"] },
];

const shown: readonly Case[] = [
  ...fitting.map(({ kind, scheme, rules }) =>
    identified({
      name: `shows its certificate with a key of the kind ${kind}, and signs by ${scheme}`,
      rules: ["4.5.1/1", "4.5.2/1", "4.5.2/2", "4.5.2/3", "4.5.2/6", "4.5.2/7", "4.3.3/2", ...rules],
      kind,
      with: () => ({ server: { requestCertificate: asking([scheme, ...others(scheme)]) } }),
      check: async ({ lab, client }, { clientIdentity }) => {
        const after = lab.seen.messages.slice(1);
        expectEqual(
          after.map(({ name, epoch }) => [name, epoch]),
          ["Certificate", "CertificateVerify", "Finished"].map((name) => [name, "handshake"]),
          "the client's second flight",
        );
        const [answer] = lab.seen.clients;
        expectEqual(answer?.scheme, scheme, "the scheme");
        expectEqual(answer?.certificates, clientIdentity?.certificates, "the certificates");
        expectEqual(client.handshake?.certificateRequested, true, "certificateRequested");
      },
    }),
  ),
  identified({
    name: "shows its certificates in order, its own first, and its issuer's behind it",
    rules: ["4.5.1/10", "4.5.1/11"],
    check: ({ lab }, { clientIdentity }) => {
      const [certificate] = lab.seen.named("Certificate");
      const sent = certificate?.body.certificateList.map(({ certData }) => certData);
      expectEqual(sent, clientIdentity?.certificates, "the list");
      expect((sent?.length ?? 0) > 1, "a chain of several");
    },
  }),
  identified({
    name: "shows its certificate after a retry, too",
    rules: ["4.5.1/1", "4.5.2/1"],
    with: () => ({ client: { keyShares: [] } }),
    check: ({ lab }) => expectEqual(lab.seen.clients.length, 1, "answers"),
  }),
  identified({
    name: "sends a Certificate only where it was asked for one",
    rules: ["4.5.1/2"],
    with: () => ({ server: { requestCertificate: false }, client: { requireIdentity: true } }),
    check: ({ lab }, { clientIdentity }) => {
      expectEqual(
        lab.seen.messages.map(({ name }) => name),
        ["ClientHello", "Finished"],
        "the client's messages",
      );
      expectEqual(clientIdentity, undefined, "the identity that was shown");
    },
  }),
  identified({
    name: "signs by the scheme that the identity prefers among those that the server takes",
    rules: ["4.5.2/6"],
    kind: "RSA",
    with: (identity) => ({
      client: { identity: { ...identity, schemes: ["rsa_pss_rsae_sha512", "rsa_pss_rsae_sha256"] } },
      server: {
        requestCertificate: asking(["rsa_pss_rsae_sha256", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512"]),
      },
    }),
    check: ({ lab }) => expectEqual(lab.seen.clients[0]?.scheme, "rsa_pss_rsae_sha512", "the scheme"),
  }),
];

/** What keys of another kind sign by. */
function others(scheme: SignatureSchemeName): readonly SignatureSchemeName[] {
  const { key, algorithm } = signatureSchemes[scheme];
  return (Object.keys(signatureSchemes) as SignatureSchemeName[]).filter(
    (name) => signatureSchemes[name].key !== key && signatureSchemes[name].algorithm.kind !== algorithm.kind,
  );
}

const notShown: readonly Case[] = [
  unidentified({
    name: "sends an empty Certificate where the server takes no scheme of its key",
    rules: ["4.5.1/3", "4.5.1/4", "4.5.1.2/2", "4.5.1.2/4"],
    with: () => ({ server: { requestCertificate: asking(["ed25519", "rsa_pss_rsae_sha256"]) } }),
  }),
  unidentified({
    name: "never signs by a scheme of another curve",
    rules: ["4.5.2/7", "4.3.3/2"],
    with: (identity) => ({
      client: {
        identity: { ...identity, schemes: ["ecdsa_secp384r1_sha384", "ecdsa_secp256r1_sha256"] },
      },
      server: { requestCertificate: asking(["ecdsa_secp384r1_sha384"]) },
    }),
  }),
  unidentified({
    name: "never signs with SHA-1, or by PKCS#1 v1.5, whatever the server takes",
    rules: ["4.5.2/9"],
    kind: "RSA",
    with: () => ({ server: { requestCertificate: asking([0x0201, 0x0401, 0x0501, 0x0601]) } }),
  }),
  unidentified({
    name: "never signs by rsa_pss_pss with a key under rsaEncryption",
    rules: ["4.3.3/13", "4.5.2/7"],
    kind: "RSA",
    with: () => ({ server: { requestCertificate: asking(["rsa_pss_pss_sha256"]) } }),
  }),
  unidentified({
    name: "never signs by rsa_pss_rsae with a key under id-RSASSA-PSS",
    rules: ["4.3.3/9", "4.5.2/7"],
    kind: "RSA-PSS",
    with: () => ({ server: { requestCertificate: asking(["rsa_pss_rsae_sha256"]) } }),
  }),
  unidentified({
    name: "shows no certificate to a server that names authorities none of which has issued it",
    rules: ["4.3.4/1", "4.5.1.2/5"],
    with: () => ({
      server: {
        requestCertificate: asking(
          ["ecdsa_secp256r1_sha256"],
          made(table.certificateAuthorities, "CertificateRequest", [fromHex("3000")]),
        ),
      },
    }),
  }),
  unidentified({
    name: "shows no certificate that lacks what oid_filters ask for",
    rules: ["4.3.5/2", "4.5.1.2/6"],
    with: () => ({ server: { requestCertificate: asking(["ecdsa_secp256r1_sha256"], keyAgreement) } }),
  }),
  unidentified({
    name: "shows none to a server that can't take the one that was chosen",
    rules: ["4.5.1.2/6"],
    with: (identity) => ({
      client: { identity: () => identity },
      server: { requestCertificate: asking(["ecdsa_secp256r1_sha256"], keyAgreement) },
    }),
  }),
  unidentified({
    name: "shows none where none is chosen",
    rules: ["4.5.1/3"],
    with: () => ({ client: { identity: async () => undefined } }),
  }),
];

/** A filter for a certificate whose key may agree on keys: those here may only sign. */
const keyAgreement = made(table.oidFilters, "CertificateRequest", [
  { oid: fromHex("551d0f"), values: fromHex("03020308") },
]);

/** Failures before anything of the answer leaves. */
const failures: readonly Case[] = [
  ...(
    [
      [
        "no identity suits the request",
        () => ({ server: { requestCertificate: asking(["ed25519"]) } }),
        /ed25519.*ecdsa_secp256r1_sha256/s,
      ],
      [
        "its issuer is not among those that the server names",
        () => ({
          server: {
            requestCertificate: asking(
              ["ecdsa_secp256r1_sha256"],
              made(table.certificateAuthorities, "CertificateRequest", [fromHex("3000")]),
            ),
          },
        }),
        /authorities/,
      ],
      ["there is no identity", () => ({ client: { identity: undefined } }), /there is none/],
      ["none is chosen", () => ({ client: { identity: () => undefined } }), /none was chosen/],
      [
        "what is chosen can't be shown",
        (identity) => ({
          client: { identity: () => identity },
          server: { requestCertificate: asking(["ed25519"]) },
        }),
        /ed25519/,
      ],
    ] satisfies readonly (readonly [string, With, RegExp])[]
  ).map(
    ([what, wishes, says]): Case => ({
      name: `fails, if an identity is required, where ${what}`,
      rules: ["no_suitable_identity"],
      run: async (harness) => {
        const meeting = await meetIdentified(harness, "P-256", (identity) => {
          const given: Wishes = wishes(identity);
          return { ...given, client: { ...given.client, requireIdentity: true } };
        });
        await refused(meeting, {
          code: "no_suitable_identity",
          alert: "handshake_failure",
          under: "handshake",
          says,
        });
        expectNothingShown(meeting);
      },
    }),
  ),
  ...(
    [
      ["throws", () => ({ sign: () => raise("out of order") }), /out of order/],
      ["rejects", () => ({ sign: () => Promise.reject(new Error("no such key")) }), /no such key/],
      ["rejects with what is no error", () => ({ sign: () => Promise.reject("no card") }), /no card/],
      ["gives no bytes", () => ({ sign: () => "signed" as never }), /bytes/],
      ["signs something else", (identity) => wrongly(identity), /is not the certificate's/],
    ] satisfies readonly (readonly [string, (identity: ClientIdentity) => Partial<ClientIdentity>, RegExp])[]
  ).map(
    ([what, change, says]): Case => ({
      name: `ends the connection where the key ${what}`,
      rules: ["signing_failed"],
      run: async (harness) => {
        const meeting = await meetIdentified(harness, "P-256", (identity) => ({
          client: { identity: { ...identity, ...change(identity) } },
        }));
        await refused(meeting, { code: "signing_failed", alert: "internal_error", under: "handshake", says });
        expectNothingShown(meeting);
      },
    }),
  ),
  ...(
    [
      ["throws", () => raise("no card in the reader"), /no card in the reader/],
      ["rejects", () => Promise.reject(new Error("timed out")), /timed out/],
      ["answers with what is no identity", () => ({}) as never, /certificates/],
    ] satisfies readonly (readonly [string, () => ClientIdentity | Promise<ClientIdentity>, RegExp])[]
  ).map(
    ([what, identity, says]): Case => ({
      name: `ends the connection where the choice of an identity ${what}`,
      rules: ["internal_error"],
      run: async (harness) => {
        const meeting = await meetIdentified(harness, "P-256", () => ({ client: { identity } }));
        await refused(meeting, { code: "internal_error", alert: "internal_error", under: "handshake", says });
      },
    }),
  ),
];

function raise(message: string): never {
  throw new Error(message);
}

function expectNothingShown({ lab }: Meeting): void {
  expectEqual(
    lab.seen.messages.map(({ name }) => name),
    ["ClientHello"],
    "the client's messages",
  );
}

const response: Bytes = fromHex("3003" + "0a0100");
const timestamps: readonly Bytes[] = [new Uint8Array(47).fill(1), new Uint8Array(1)];
const { statusRequest, signedCertificateTimestamp } = table;

const evidence: readonly Case[] = [
  ...(
    [
      ["an OCSP response", [statusRequest.type]],
      ["timestamps", [signedCertificateTimestamp.type]],
      ["both", [statusRequest.type, signedCertificateTimestamp.type]],
      ["neither", []],
    ] as const
  ).map(([what, asked]) =>
    identified({
      name: `sends, of an OCSP response and timestamps, what the server asks for: ${what}`,
      rules: ["4.5.1/8", "4.5.1/9", "4.3/4", "4.5.1.1/2"],
      with: (identity) => ({
        client: {
          identity: { ...identity, ocspResponse: response, signedCertificateTimestamps: timestamps },
        },
        server: {
          requestCertificate: asking(
            ["ecdsa_secp256r1_sha256"],
            ...asked.map((type) => rawExtension(type)),
            // What nobody knows is no reason to send more.
            rawExtension(0xfeed),
          ),
        },
      }),
      check: ({ lab }) => {
        const [certificate] = lab.seen.named("Certificate");
        const types: readonly number[] = asked;
        const expected = [
          ...(types.includes(statusRequest.type)
            ? [made(statusRequest, "Certificate", { statusType: 1, response })]
            : []),
          ...(types.includes(signedCertificateTimestamp.type)
            ? [made(signedCertificateTimestamp, "Certificate", timestamps)]
            : []),
        ];
        expectEqual(
          certificate?.body.certificateList.map(({ extensions }) => extensions),
          [expected, []],
          "the extensions",
        );
      },
    }),
  ),
  identified({
    name: "sends nothing about its certificate where it has nothing to send",
    rules: ["4.5.1/8"],
    with: () => ({
      server: {
        requestCertificate: asking(
          ["ecdsa_secp256r1_sha256"],
          rawExtension(statusRequest.type),
          rawExtension(signedCertificateTimestamp.type),
        ),
      },
    }),
    check: ({ lab }) => {
      const [certificate] = lab.seen.named("Certificate");
      expectEqual(
        certificate?.body.certificateList.map(({ extensions }) => extensions),
        [[], []],
        "the extensions",
      );
    },
  }),
];

const choosing: Case = {
  name: "tells who chooses what the server asks for",
  rules: ["4.3.4/1", "4.3.3/4"],
  run: async (harness) => {
    const requests: IdentityRequest[] = [];
    const filter = { oid: fromHex("551d25"), values: fromHex("300a06082b06010505070302") };
    const identity = await identityOf(harness);
    for (const more of [[], [made(table.signatureAlgorithmsCert, "CertificateRequest", [0x0401, 0x0201])]]) {
      const meeting = await meet(harness, {
        client: {
          // An authority that did not issue it is for who chooses to judge.
          identity: async (request) => {
            requests.push({ ...request, oidFilters: [] });
            expectEqual(request.oidFilters, [{ ...filter, oid: fromHex("2a0304") }], "the filters");
            return identity;
          },
        },
        server: {
          requestCertificate: asking(
            [0x0403, 0x0201, 0xfe01, 0x0807],
            ...more,
            made(table.certificateAuthorities, "CertificateRequest", [fromHex("3000"), fromHex("3001")]),
            made(table.oidFilters, "CertificateRequest", [{ ...filter, oid: fromHex("2a0304") }]),
          ),
        },
      });
      await opened(meeting);
      expectEqual(meeting.lab.seen.clients[0]?.certificates, identity.certificates, "the certificates");
      await closeCleanly(meeting);
    }
    const same = { certificateAuthorities: [fromHex("3000"), fromHex("3001")], oidFilters: [] };
    const signatureSchemes = ["ecdsa_secp256r1_sha256", "ed25519"];
    expectEqual(
      requests,
      [
        { signatureSchemes, signatureSchemesCert: signatureSchemes, ...same },
        { signatureSchemes, signatureSchemesCert: ["rsa_pkcs1_sha256"], ...same },
      ],
      "the requests",
    );
  },
};

const waiting: readonly Case[] = [
  {
    name: "reads on while a key takes its time to sign",
    rules: ["4.5.3/3"],
    run: async (harness) => {
      const { identity, asked, release } = await slowIdentity(harness);
      const meeting = await meet(harness, { client: { identity }, server: { requestCertificate: true } });
      const { lab, client } = meeting;
      await within("a signature is asked for", asked);
      await lab.perform(data(fromAscii("early")));
      release();
      await opened(meeting);
      await within("the data has come", client.contentOf(5));
      await exchangeData(meeting);
      await closeCleanly(meeting);
    },
  },
  {
    name: "waits for no signature once the server has sent an alert",
    rules: ["6.2/1", "6/3"],
    run: async (harness) => {
      const { identity, asked, release } = await slowIdentity(harness);
      const meeting = await meet(harness, { client: { identity }, server: { requestCertificate: true } });
      const { signal } = await within<IdentityContext>("a signature is asked for", asked);
      expect(!signal.aborted, "the signal has fired already");
      await meeting.lab.perform(alert("access_denied"));
      await failed(meeting, "alert_received: received access_denied");
      expect(signal.aborted, "the signal has not fired");
      release();
      expectNothingShown(meeting);
    },
  },
  {
    name: "waits for no choice once the caller has aborted",
    rules: ["aborted"],
    run: async (harness) => {
      const controller = new AbortController();
      let chosen: (context: IdentityContext) => void = () => {};
      const choosing = new Promise<IdentityContext>((resolve) => {
        chosen = resolve;
      });
      const meeting = await meet(harness, {
        client: {
          signal: controller.signal,
          identity: (_, context) => {
            chosen(context);
            return new Promise(() => {});
          },
        },
        server: { requestCertificate: true },
      });
      const context = await within("a choice is asked for", choosing);
      controller.abort();
      await within("the client is closed", meeting.client.closing);
      expectEqual(meeting.client.error?.code, "aborted", "the error");
      expect(context.signal.aborted, "the signal has not fired");
    },
  },
];

/** In TLS 1.3 the client is done before the server has looked at its certificate. */
const refusals: readonly Case[] = (["bad_certificate", "unknown_ca", "certificate_required"] as const).map(
  (name): Case => ({
    name: `is told by ${name} that the server refuses its certificate, once it is open`,
    rules: ["6.2/1"],
    run: async (harness) => {
      const meeting = await meetIdentified(harness);
      await opened(meeting);
      await meeting.lab.perform(alert(name));
      await failed(meeting, `alert_received: received ${name}`);
      expectEqual(meeting.client.told, ["opened", "failed", "closed"], "what the client's face was told");
      expectEqual(meeting.lab.seen.alerts, [], "the client's alerts");
    },
  }),
);

export const cases: readonly Case[] = [
  ...shown,
  ...notShown,
  ...failures,
  ...evidence,
  choosing,
  ...waiting,
  ...refusals,
];

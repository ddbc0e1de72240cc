import { after, before, changeCipherSpec, record, replaced, type Script, send } from "../../lab/script.ts";
import { makeHello } from "../../src/handshake/client/clientHello.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { type Case, expectEqual } from "./case.ts";
import { refusal, success, type Wishes } from "./meeting.ts";

const many = (count: number): Script => Array.from({ length: count }, () => changeCipherSpec());

/** Steps of the server's flights, with the keys that the client answers under. */
const places = [
  ["ServerHello", "none"],
  ["EncryptedExtensions", "handshake"],
  ["Certificate", "handshake"],
  ["CertificateVerify", "handshake"],
  ["Finished", "handshake"],
] as const;

const wrong: readonly (readonly number[])[] = [[], [0], [2], [255], [1, 1], [1, 0]];

const modes: readonly (readonly [what: string, wishes: Wishes])[] = [
  ["in compatibility mode", {}],
  ["out of compatibility mode", { client: { compatibility: false } }],
];

/** Lets the client wait with its hello. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

export const cases: readonly Case[] = [
  ...modes.flatMap(([mode, wishes]) => [
    ...places.map(([name]) =>
      success({
        name: `drops a ChangeCipherSpec before ${name}, ${mode}`,
        rules: ["5/1"],
        ...wishes,
        bends: { script: before(name, changeCipherSpec()) },
      }),
    ),
    success({
      name: `drops ChangeCipherSpecs round a retry, ${mode}`,
      rules: ["5/1"],
      ...wishes,
      client: { ...wishes.client, keyShares: [] },
      bends: {
        script: [
          before("HelloRetryRequest", changeCipherSpec()),
          after("HelloRetryRequest", changeCipherSpec()),
        ],
      },
    }),
  ]),
  success({
    name: "drops 32 ChangeCipherSpecs",
    rules: ["5/1"],
    client: { compatibility: false },
    bends: { script: before("Finished", ...many(32)) },
  }),
  ...places.map(([name, under]) =>
    refusal({
      name: `refuses the 33rd ChangeCipherSpec, before ${name}`,
      rules: ["too_many_change_cipher_specs"],
      client: { compatibility: false },
      bends: { script: before(name, ...many(33)) },
      code: "too_many_change_cipher_specs",
      alert: "unexpected_message",
      under,
    }),
  ),
  refusal({
    name: "counts ChangeCipherSpecs over the whole handshake",
    rules: ["too_many_change_cipher_specs"],
    client: { compatibility: false },
    bends: { script: [before("ServerHello", ...many(20)), before("Finished", ...many(13))] },
    code: "too_many_change_cipher_specs",
    alert: "unexpected_message",
    under: "handshake",
  }),
  ...places.flatMap(([name, under]) =>
    wrong.map((content) =>
      refusal({
        name: `refuses a ChangeCipherSpec with the bytes ${JSON.stringify(content)}, before ${name}`,
        rules: ["5/2"],
        bends: { script: before(name, changeCipherSpec(content)) },
        code: "bad_change_cipher_spec",
        alert: "unexpected_message",
        under,
      }),
    ),
  ),
  ...places.slice(1).map(([name, under]) =>
    refusal({
      name: `refuses a protected ChangeCipherSpec, before ${name}`,
      rules: ["5/3"],
      bends: {
        script: before(
          name,
          record({ type: contentTypes.change_cipher_spec, content: new Uint8Array([1]), sealed: true }),
        ),
      },
      code: "unexpected_record_type",
      alert: "unexpected_message",
      under,
    }),
  ),
  refusal({
    name: "refuses a ChangeCipherSpec right after Finished",
    rules: ["5/5"],
    bends: { script: after("Finished", changeCipherSpec()) },
    mayOpen: true,
    code: "unexpected_change_cipher_spec",
    alert: "unexpected_message",
  }),
  {
    name: "refuses a ChangeCipherSpec that comes before its own ClientHello",
    rules: ["5/4"],
    run: async (harness) => {
      const { opened, open } = gate();
      await refusal({
        name: "",
        rules: [],
        server: { first: [changeCipherSpec()] },
        parameters: {
          hello: async (parameters, retry) => {
            await opened;
            return makeHello(parameters, retry);
          },
        },
        code: "unexpected_change_cipher_spec",
        alert: "unexpected_message",
        under: "none",
        check: open,
      }).run(harness);
    },
  },

  // Our own
  success({
    name: "sends one ChangeCipherSpec, unprotected, before its second flight",
    rules: ["E.4/1", "5/6"],
    server: { requestCertificate: true },
    check: ({ lab }) => {
      expectEqual(
        lab.seen.records.map(({ outerType, type, content }) => [
          outerType,
          type,
          type === contentTypes.change_cipher_spec ? [...content] : [],
        ]),
        [
          [22, 22, []],
          [20, 20, [1]],
          [23, 22, []],
        ],
        "the records until Finished",
      );
    },
  }),
  refusal({
    name: "sends its ChangeCipherSpec before an alert that is all of its second flight",
    rules: ["E.4/1"],
    bends: { script: replaced("Finished", send("Finished", { verifyData: new Uint8Array(32) })) },
    code: "bad_finished",
    alert: "decrypt_error",
    under: "handshake",
    check: ({ lab }) => {
      expectEqual(
        lab.seen.records.map(({ outerType, type }) => [outerType, type]),
        [
          [22, 22],
          [20, 20],
          [23, 21],
        ],
        "the records",
      );
    },
  }),
  success({
    name: "sends its ChangeCipherSpec although the server sends none",
    rules: ["E.4/1"],
    bends: { script: (script) => script.filter(({ name }) => name !== "change_cipher_spec") },
    check: ({ lab }) => expectEqual(lab.seen.changeCipherSpecs, 1, "ChangeCipherSpecs"),
  }),
  success({
    name: "sends no ChangeCipherSpec where its hello has no session id, whatever the server does",
    rules: ["4.2.2/9", "E.4/1"],
    client: { compatibility: false },
    bends: { script: before("Finished", changeCipherSpec()) },
    check: ({ lab }) => expectEqual(lab.seen.changeCipherSpecs, 0, "ChangeCipherSpecs"),
  }),
];

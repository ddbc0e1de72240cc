import type { Bends, ServerMessage } from "../../lab/options.ts";
import { dissect, type Field } from "../../src/messages/dissect.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import { headerLength, type MessageName } from "../../src/messages/handshake.ts";
import { type Bytes, concat, copyOf } from "../../src/wire/bytes.ts";
import { type Case, CaseError, expect, expectEqual, type Harness } from "./case.ts";
import { append, made, rawExtension } from "./extensionEdits.ts";
import { meet, refusal, refused, type Wishes } from "./meeting.ts";

type Message = Exclude<ServerMessage, "NewSessionTicket">;

interface Subject {
  readonly name: Message;
  readonly under: "none" | "handshake";
  readonly wishes: Wishes;
}

const everything: Wishes = {
  client: { alpn: ["h2"] },
  server: {
    alpn: "h2",
    requestCertificate: [
      made(table.signatureAlgorithms, "CertificateRequest", [0x0403, 0x0804]),
      made(table.signatureAlgorithmsCert, "CertificateRequest", [0x0401]),
      made(table.certificateAuthorities, "CertificateRequest", [new Uint8Array([0x30, 0])]),
      made(table.oidFilters, "CertificateRequest", [
        { oid: new Uint8Array([0x55]), values: new Uint8Array([5, 0]) },
      ]),
    ],
    ocspResponse: new Uint8Array(5),
    signedCertificateTimestamps: [new Uint8Array(4)],
  },
};

/** Every message with a structure, with as much in it as may be. Finished has none: see finished.ts. */
const subjects: readonly Subject[] = [
  {
    name: "HelloRetryRequest",
    under: "none",
    wishes: { client: { keyShares: [] }, server: { retry: { cookie: new Uint8Array([1, 2, 3]) } } },
  },
  { name: "ServerHello", under: "none", wishes: everything },
  { name: "EncryptedExtensions", under: "handshake", wishes: everything },
  { name: "CertificateRequest", under: "handshake", wishes: everything },
  { name: "Certificate", under: "handshake", wishes: everything },
  // Ed25519's signatures are all of one length.
  { name: "CertificateVerify", under: "handshake", wishes: { ...everything, key: "Ed25519" } },
];

/** The message with another body under a header that tells its length. */
function reframed(bytes: Bytes, body: Uint8Array): Bytes {
  const { length } = body;
  return concat(
    bytes.subarray(0, 1),
    new Uint8Array([length >> 16, (length >> 8) & 0xff, length & 0xff]),
    body,
  );
}

function bentBytes(name: Message, change: (bytes: Bytes) => Bytes): Bends {
  return { bytes: { [name]: change } };
}

/** What an honest server's message looks like, byte for byte, but for what is random in it. */
async function sample(harness: Harness, { name, wishes }: Subject): Promise<Bytes> {
  let sampled: Bytes | undefined;
  const { client, lab } = await meet(harness, {
    ...wishes,
    bends: bentBytes(name, (bytes) => {
      sampled = copyOf(bytes);
      return bytes;
    }),
  });
  await client.opening;
  await lab.outcome;
  if (sampled === undefined) throw new CaseError(`no ${name} was sent`);
  return sampled;
}

/** Every length in a message, with the field whose end it tells. */
function lengthsOf(
  name: MessageName,
  bytes: Bytes,
): readonly { readonly of: string; readonly length: Field }[] {
  const found: { of: string; length: Field }[] = [];
  const walk = (field: Field, path: string): void => {
    for (const child of field.children) {
      // The message's own header is another matter: what it tells to be missing is still awaited.
      if (child.name === "length" && child.start >= headerLength) found.push({ of: path, length: child });
      else walk(child, `${path}.${child.name}`);
    }
  };
  walk(dissect(name, bytes), name);
  return found;
}

const decodeErrors = ["malformed_message", "trailing_bytes"];

/** The client refuses with decode_error, whichever of its two codes fits. */
async function refusedAsUnreadable(
  harness: Harness,
  subject: Subject,
  change: (bytes: Bytes) => Bytes,
  what: string,
) {
  const meeting = await meet(harness, { ...subject.wishes, bends: bentBytes(subject.name, change) });
  await Promise.race([meeting.client.closing, meeting.client.opening.catch(() => meeting.client.closing)]);
  const { error } = meeting.client;
  expect(error !== undefined, `${what}: the client opened the connection`);
  expect(decodeErrors.includes(error.code), `${what}: ${error.code}: ${error.message}`);
  await refused(meeting, { code: error.code, alert: "decode_error", under: subject.under });
}

export const cases: readonly Case[] = [
  ...subjects.flatMap((subject) => {
    const { name, under, wishes } = subject;
    return [
      refusal({
        name: `refuses ${name} with a byte behind its end`,
        rules: ["6/10"],
        ...wishes,
        bends: bentBytes(name, (bytes) =>
          reframed(bytes, concat(bytes.subarray(headerLength), new Uint8Array(1))),
        ),
        code: "trailing_bytes",
        alert: "decode_error",
        under,
      }),
      refusal({
        name: `refuses ${name} without its last byte`,
        rules: ["6/10"],
        ...wishes,
        bends: bentBytes(name, (bytes) => reframed(bytes, bytes.subarray(headerLength, -1))),
        code: "malformed_message",
        alert: "decode_error",
        under,
      }),
      refusal({
        name: `refuses ${name} without a body`,
        rules: ["6/10"],
        ...wishes,
        bends: bentBytes(name, (bytes) =>
          // A hello is told from a retry by its random, so an empty one is none.
          name === "HelloRetryRequest"
            ? reframed(bytes, bytes.subarray(4, 39))
            : reframed(bytes, new Uint8Array(0)),
        ),
        code: "malformed_message",
        alert: "decode_error",
        under,
      }),
      {
        name: `refuses ${name} cut anywhere`,
        rules: ["6/10"],
        run: async (harness: Harness) => {
          const { length } = await sample(harness, subject);
          // All of the short ones; of a Certificate the places round its lists and its end.
          const cuts = Array.from({ length: length - headerLength }, (_, i) => i).filter(
            (at) => length < 300 || at < 12 || at > length - 40,
          );
          for (const at of cuts) {
            // An older hello may end where its extensions would begin (RFC 5246 §7.4.1.3).
            const hello = name === "ServerHello" || name === "HelloRetryRequest";
            if (hello && at === 2 + 32 + 1 + 32 + 2 + 1) continue;
            await refusedAsUnreadable(
              harness,
              subject,
              (bytes) => reframed(bytes, bytes.subarray(headerLength, headerLength + at)),
              `cut after ${at} bytes`,
            );
          }
        },
      },
      {
        name: `refuses ${name} with any of its lengths too long`,
        rules: ["6/10"],
        run: async (harness: Harness) => {
          const lengths = lengthsOf(name, await sample(harness, subject));
          expect(lengths.length > 0, "no lengths");
          for (const { of, length } of lengths) {
            const { start, end } = length;
            await refusedAsUnreadable(
              harness,
              subject,
              (bytes) => {
                const lying = copyOf(bytes);
                lying.fill(0xff, start, end);
                return lying;
              },
              `the length of ${of}`,
            );
          }
        },
      },
      {
        name: `refuses ${name} with the lengths of all that ends with it one too short`,
        rules: ["6/10"],
        run: async (harness: Harness) => {
          const bytes = await sample(harness, subject);
          const lengths = lengthsOf(name, bytes).filter(({ length }) => {
            let told = 0;
            for (const byte of bytes.subarray(length.start, length.end)) told = told * 256 + byte;
            return told > 0 && length.end + told === bytes.length;
          });
          for (const { of, length } of lengths) {
            const last = length.end - 1;
            await refusedAsUnreadable(
              harness,
              subject,
              (given) => {
                const lying = copyOf(given);
                for (let at = last; ; at--) {
                  lying[at] = ((lying[at] as number) + 0xff) & 0xff;
                  if (lying[at] !== 0xff) return lying;
                }
              },
              `the length of ${of}`,
            );
          }
        },
      },
    ];
  }),
  {
    name: "knows lengths in every message that has some",
    rules: [],
    run: async (harness) => {
      const counts: [string, number][] = [];
      for (const subject of subjects) {
        counts.push([subject.name, lengthsOf(subject.name, await sample(harness, subject)).length]);
      }
      expectEqual(
        counts.filter(([, count]) => count < 1),
        [],
        "messages without lengths",
      );
    },
  },
  refusal({
    name: "refuses a message whose header tells fewer bytes than its body has",
    rules: ["6/10"],
    bends: bentBytes("EncryptedExtensions", (bytes) => {
      const lying = copyOf(bytes);
      lying[3] = (lying[3] as number) - 1;
      return lying;
    }),
    code: "malformed_message",
    alert: "decode_error",
    under: "handshake",
  }),
  refusal({
    name: "refuses a message whose header tells more, and so swallows the next",
    rules: ["6/10"],
    client: { cipherSuites: ["TLS_AES_128_GCM_SHA256"] },
    bends: bentBytes("CertificateVerify", (bytes) => {
      // A Finished of SHA-256 follows.
      const length = bytes.length + 32;
      const lying = copyOf(bytes);
      lying.set([length >> 16, (length >> 8) & 0xff, length & 0xff], 1);
      return lying;
    }),
    code: "trailing_bytes",
    alert: "decode_error",
    under: "handshake",
  }),
  refusal({
    name: "refuses an extension block that ends within the header of an extension",
    rules: ["6/10"],
    bends: bentBytes("EncryptedExtensions", (bytes) => reframed(bytes, new Uint8Array([0, 3, 0, 0, 0]))),
    code: "malformed_message",
    alert: "decode_error",
    under: "handshake",
  }),
  refusal({
    name: "reads an extension before it goes on to the next",
    rules: ["6/10"],
    bends: {
      messages: {
        EncryptedExtensions: (body) => ({
          ...append(body, rawExtension(0xfeed)),
          extensions: [rawExtension(table.serverName.type, [0]), rawExtension(0xfeed)],
        }),
      },
    },
    code: "trailing_bytes",
    alert: "decode_error",
    under: "handshake",
  }),
];

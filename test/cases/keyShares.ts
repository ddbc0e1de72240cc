import {
  type CurveGroup,
  type GroupName,
  groups,
  type HybridGroup,
  isHybrid,
  mlKems,
  partsOf,
} from "../../src/crypto/groups.ts";
import { extensionTable as table } from "../../src/messages/extensions/table.ts";
import type { ServerHello } from "../../src/messages/serverHello.ts";
import { type Bytes, concat, fromHex } from "../../src/wire/bytes.ts";
import type { PeerErrorCode } from "../../src/wire/misdeeds.ts";
import { type Case, expectEqual, within } from "./case.ts";
import { made, put, rawExtension } from "./extensionEdits.ts";
import { closeCleanly, meet, opened, refusal, refused } from "./meeting.ts";

const { keyShare } = table;
const groupNames = Object.keys(groups) as GroupName[];
const hybrids = groupNames.filter(isHybrid);
type CurveName = Exclude<CurveGroup, "x25519">;

const others = (group: GroupName): readonly GroupName[] => groupNames.filter((name) => name !== group);

/** The field's prime, and the y of the point whose x is 0: p stands for 0 too, but is out of range. */
const curves: Readonly<Record<CurveName, { readonly prime: string; readonly yOfZero: string }>> = {
  secp256r1: {
    prime: "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    yOfZero: "66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4",
  },
  secp384r1: {
    prime: "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
    yOfZero:
      "c306610fb0ae5a159cf45c06069f22a6c5eb3641c602d42dea2c4b4f75550793406d80d2b91ad54f9048bd487af1ade1",
  },
  secp521r1: {
    prime: `01ff${"ff".repeat(64)}`,
    yOfZero:
      "012df13601594a883ef2d935e44bb90bf4d6619b74e52af7552f97769011c0719eb439cfab2a88d40fe59a2bed1f43557169a2d0a2ccd280c607b92bbf51ffe0b078".slice(
        -132,
      ),
  },
};

interface WrongShare {
  readonly what: string;
  readonly rules: readonly string[];
  readonly code: PeerErrorCode;
  readonly change: (share: Bytes) => Bytes;
}

const wrong = { rules: ["4.3.8/1"], code: "bad_key_share_length" } as const;

const wrongLengths: readonly WrongShare[] = [
  {
    what: "one byte short",
    rules: ["4.3.8/1"],
    code: "bad_key_share_length",
    change: (share) => share.slice(0, -1),
  },
  {
    what: "one byte long",
    rules: ["4.3.8/1"],
    code: "bad_key_share_length",
    change: (share) => concat(share, new Uint8Array(1)),
  },
  { what: "of one byte", rules: ["4.3.8/1"], code: "bad_key_share_length", change: () => new Uint8Array(1) },
];

function wrongPoints(group: CurveName): readonly WrongShare[] {
  const { prime, yOfZero } = curves[group];
  const p = fromHex(prime);
  const size = p.length;
  const form = (byte: number) => (share: Bytes) => share.with(0, byte) as Bytes;
  const uncompressed = new Uint8Array([4]);
  return [
    {
      what: "compressed",
      rules: ["4.3.8/1"],
      code: "bad_key_share_length",
      change: (share) => {
        const odd = (share.at(-1) as number) & 1;
        return concat(new Uint8Array([2 + odd]), share.subarray(1, 1 + size));
      },
    },
    { what: "in the hybrid form", rules: ["4.3.8/1"], code: "bad_key_share_length", change: form(6) },
    {
      what: "in a form that nobody knows",
      rules: ["4.3.8/1"],
      code: "bad_key_share_length",
      change: form(5),
    },
    {
      what: "that is the point at infinity, written with zero coordinates",
      rules: ["4.3.8.2/1"],
      code: "bad_key_share",
      change: () => concat(uncompressed, new Uint8Array(2 * size)),
    },
    {
      what: "that is not on the curve",
      rules: ["4.3.8.2/3", "6/11"],
      code: "bad_key_share",
      change: (share) => share.with(-1, (share.at(-1) as number) ^ 1) as Bytes,
    },
    {
      what: "whose x is the field's prime",
      rules: ["4.3.8.2/2"],
      code: "bad_key_share",
      change: () => concat(uncompressed, p, fromHex(yOfZero)),
    },
    {
      what: "whose coordinates are all ones",
      rules: ["4.3.8.2/2"],
      code: "bad_key_share",
      change: () => concat(uncompressed, new Uint8Array(2 * size).fill(0xff)),
    },
  ];
}

/** Where the point stands in the server's share of a hybrid group. */
function pointIn(group: HybridGroup): readonly [from: number, to: number] {
  const { kem, curve, kemFirst } = partsOf(group);
  const from = kemFirst ? mlKems[kem].ciphertextLength : 0;
  return [from, from + groups[curve].shareLength];
}

/** The same done to the point of a hybrid share. */
function inHybrid(group: HybridGroup, { what, change, ...rest }: WrongShare): WrongShare {
  const [from, to] = pointIn(group);
  return {
    ...rest,
    what: `with a point ${what}`,
    change: (share) => concat(share.subarray(0, from), change(share.slice(from, to)), share.subarray(to)),
  };
}

function wrongShares(group: GroupName): readonly WrongShare[] {
  if (!isHybrid(group)) return group === "x25519" ? wrongLengths : [...wrongLengths, ...wrongPoints(group)];
  const { curve } = partsOf(group);
  const ofCurve = curve === "x25519" ? [] : wrongPoints(curve);
  const [from, to] = pointIn(group);
  return [
    ...wrongLengths,
    { ...wrong, what: "without its ciphertext", change: (share) => share.slice(from, to) },
    {
      ...wrong,
      what: "without its point",
      change: (share) => concat(share.subarray(0, from), share.subarray(to)),
    },
    {
      ...wrong,
      what: "with an encapsulation key in the place of the ciphertext",
      change: (share) =>
        concat(share.subarray(from, to), new Uint8Array(groups[group].shareLength + 1 + from - to)),
    },
    ...ofCurve.map((one) => inHybrid(group, one)),
  ];
}

/** Points of small order, which lead to a secret of zeros (RFC 7748 §6.1), some above the prime. */
const zeroPoints: readonly string[] = [
  "00".repeat(32),
  `01${"00".repeat(31)}`,
  "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
  "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  `ec${"ff".repeat(30)}7f`,
  `ed${"ff".repeat(30)}7f`,
  `ee${"ff".repeat(30)}7f`,
];

function withShare(group: number, change: (share: Bytes) => Bytes) {
  return (hello: ServerHello): ServerHello => {
    const extension = hello.extensions.find(({ type }) => type === keyShare.type);
    // The group and the length of the share stand before it.
    const share = (extension?.data ?? new Uint8Array(4)).slice(4);
    return put(hello, made(keyShare, "ServerHello", { group, keyExchange: change(share) }));
  };
}

const same = (share: Bytes): Bytes => share;

export const cases: readonly Case[] = [
  ...groupNames.flatMap((group) =>
    wrongShares(group).map(({ what, rules, code, change }) =>
      refusal({
        name: `refuses a share of ${group} ${what}`,
        rules,
        client: { groups: [group] },
        bends: { messages: { ServerHello: withShare(groups[group].code, change) } },
        code,
        alert: "illegal_parameter",
        under: "none",
      }),
    ),
  ),
  ...groupNames.map((group) =>
    refusal({
      name: `refuses an empty share of ${group}`,
      rules: ["6/10"],
      client: { groups: [group] },
      bends: {
        messages: {
          ServerHello: (hello) => put(hello, rawExtension(keyShare.type, [0, groups[group].code, 0, 0])),
        },
      },
      code: "malformed_message",
      alert: "decode_error",
      under: "none",
    }),
  ),
  ...zeroPoints.map((point, index) =>
    refusal({
      name: `refuses the x25519 share of small order ${index + 1}, for its secret of zeros`,
      rules: ["7.4.2/3", "7.4.2/4"],
      client: { groups: ["x25519"] },
      bends: { messages: { ServerHello: withShare(groups.x25519.code, () => fromHex(point)) } },
      code: "all_zero_shared_secret",
      alert: "illegal_parameter",
      under: "none",
    }),
  ),
  ...zeroPoints.map((point, index) => {
    const { change } = inHybrid("X25519MLKEM768", {
      ...wrong,
      what: "of small order",
      change: () => fromHex(point),
    });
    return refusal({
      name: `refuses the X25519MLKEM768 share whose point has small order ${index + 1}`,
      rules: ["7.4.2/3"],
      client: { groups: ["X25519MLKEM768"] },
      bends: { messages: { ServerHello: withShare(groups.X25519MLKEM768.code, change) } },
      code: "all_zero_shared_secret",
      alert: "illegal_parameter",
      under: "none",
    });
  }),
  // FIPS 203 §6.3: a secret follows from every ciphertext, and the client's differs from the server's.
  ...hybrids.flatMap((group) => {
    const { kemFirst } = partsOf(group);
    const [from, to] = pointIn(group);
    const changes: readonly (readonly [string, (share: Bytes) => Bytes])[] = [
      [
        "whose ciphertext is not the one that was made",
        (share) => {
          const at = kemFirst ? 0 : share.length - 1;
          return share.with(at, (share[at] as number) ^ 1) as Bytes;
        },
      ],
      [
        "whose ciphertext is all zeros",
        (share) => concat(new Uint8Array(from), share.subarray(from, to), new Uint8Array(share.length - to)),
      ],
    ];
    return changes.map(
      ([what, change]): Case => ({
        name: `gets no secret that fits from a share of ${group} ${what}`,
        rules: ["bad_record_mac"],
        run: async (harness) => {
          const { client, lab } = await meet(harness, {
            client: { groups: [group] },
            bends: { messages: { ServerHello: withShare(groups[group].code, change) } },
          });
          await within("the client fails", client.closing);
          const { code, alert } = client.error ?? {};
          expectEqual(
            [code, alert?.direction, alert?.name],
            ["bad_record_mac", "sent", "bad_record_mac"],
            "the error",
          );
          await within("the server saw the end", lab.done);
          // The alert, under keys that only the client has.
          expectEqual(lab.seen.unreadable, 1, "records that the server could not open");
          expectEqual(client.told, ["failed", "closed"], "what the client's face was told");
        },
      }),
    );
  }),
  ...groupNames.flatMap((group) =>
    others(group).map((other) =>
      refusal({
        name: `refuses a share of ${other} where one of ${group} was sent`,
        rules: ["4.3.8/11"],
        client: { groups: [group, other], keyShares: [group] },
        bends: { messages: { ServerHello: withShare(groups[other].code, same) } },
        code: "key_share_group_not_offered",
        alert: "illegal_parameter",
        under: "none",
      }),
    ),
  ),
  ...[0x001e, 0x0100, 0x11ec, 0x0a0a, 0x0000].map((group) =>
    refusal({
      name: `refuses a share of the group 0x${group.toString(16).padStart(4, "0")}, which nobody asked for`,
      rules: ["4.3.8/11"],
      client: { groups: ["x25519"] },
      bends: { messages: { ServerHello: withShare(group, same) } },
      code: "key_share_group_not_offered",
      alert: "illegal_parameter",
      under: "none",
    }),
  ),
  ...groupNames.map((group) => {
    const [other] = others(group) as [GroupName];
    return refusal({
      name: `refuses a share of ${other} after a retry for ${group}`,
      rules: ["4.3.8/12"],
      client: { groups: [other, group], keyShares: [other] },
      server: { groups: [group] },
      bends: { messages: { ServerHello: withShare(groups[other].code, same) } },
      code: "key_share_group_changed_after_retry",
      alert: "illegal_parameter",
      under: "none",
    });
  }),
  {
    name: "says internal_error where the client's own ML-KEM fails",
    rules: ["internal_error"],
    run: async (harness) => {
      const failing = harness.provider.keyExchanges.map((exchange) => ({
        ...exchange,
        generate: async () => ({
          ...(await exchange.generate()),
          agree: () => Promise.reject(new Error("no secret today")),
        }),
      }));
      const provider = { ...harness.provider, keyExchanges: failing };
      const meeting = await meet({ ...harness, provider }, { client: { groups: ["X25519MLKEM768"] } });
      await refused(meeting, { code: "internal_error", alert: "internal_error", under: "none" });
    },
  },
  refusal({
    name: "refuses a share in a group without one after a retry with a cookie alone",
    rules: ["4.3.8/11"],
    server: { retry: { cookie: new Uint8Array(1) } },
    bends: { messages: { ServerHello: withShare(groups.secp521r1.code, same) } },
    code: "key_share_group_not_offered",
    alert: "illegal_parameter",
    under: "none",
  }),
  {
    name: "takes a share that a server uses again and again",
    rules: ["4.3.8/7"],
    run: async (harness) => {
      const exchange = harness.labProvider.keyExchanges.find(({ name }) => name === "x25519");
      if (exchange === undefined) throw new Error("the lab has no x25519");
      const share = await exchange.generate();
      const labProvider = {
        ...harness.labProvider,
        keyExchanges: [{ ...exchange, generate: () => share }],
      };
      for (let i = 0; i < 2; i++) {
        const meeting = await meet({ ...harness, labProvider }, { client: { groups: ["x25519"] } });
        await opened(meeting);
        expectEqual(meeting.client.handshake?.group, "x25519", "the group");
        await closeCleanly(meeting);
      }
    },
  },
];

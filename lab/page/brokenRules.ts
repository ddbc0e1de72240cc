import type { Run, RunStep } from "./run.ts";

/** What an error's rules come to in one run. */
export interface BrokenRules {
  readonly broken: readonly string[];
  /** Whether all of `broken` were; where not, it is one of them, and what is seen does not tell which. */
  readonly certain: boolean;
  /** What else the same error is given for. */
  readonly others: readonly string[];
}

/** An error stands for every rule that it keeps: which was broken, the message tells at which the client stopped. */
export function brokenRules(run: Run): BrokenRules {
  const { end } = run;
  if (end.kind !== "failed") return { broken: [], certain: true, others: [] };
  const { rules } = end;
  if (rules.length <= 1) return { broken: rules, certain: true, others: [] };
  const stop: Stop = { run, before: run.steps.slice(0, end.step), at: run.steps[end.step] };
  const answers = rules.map((id) => ({ id, fits: fits[id]?.(stop) }));
  const having = (wanted: boolean | undefined): readonly string[] =>
    answers.flatMap((answer) => (answer.fits === wanted ? [answer.id] : []));
  const sure = having(true);
  const broken = sure.length > 0 ? sure : having(undefined);
  return {
    broken,
    certain: sure.length > 0 || broken.length === 1,
    others: rules.filter((id) => !broken.includes(id)),
  };
}

interface Stop {
  readonly run: Run;
  /** The steps before that at which the client stopped. */
  readonly before: readonly RunStep[];
  readonly at: RunStep | undefined;
}

/** True: it was broken, and says more than others do. False: it was not. Undefined: that is not to be seen. */
type Fit = (stop: Stop) => boolean | undefined;

type MessageStep = Extract<RunStep, { kind: "message" }>;

const messageAt = ({ at }: Stop): MessageStep | undefined => (at?.kind === "message" ? at : undefined);
const isAt =
  (name: MessageStep["name"]): Fit =>
  (stop) =>
    messageAt(stop)?.name === name;
const came = ({ before }: Stop, name: MessageStep["name"]): boolean =>
  before.some((step) => step.kind === "message" && step.from === "server" && step.name === name);
const isOpen = ({ before }: Stop): boolean => before.some(({ kind }) => kind === "opened");
const uint16 = (stop: Stop, offset: number): number => {
  const bytes = messageAt(stop)?.bytes;
  return ((bytes?.[offset] ?? 0) << 8) | (bytes?.[offset + 1] ?? 0);
};
const extension = (step: MessageStep | undefined, name: string) =>
  step?.fields.children
    .find((field) => field.name === "extensions")
    ?.children.find((field) => field.name === name);
const always: Fit = () => true;
/** It says what a client does, so that a server can't break it; or it says the same in other words. */
const never: Fit = () => false;

function serverHello({ before }: Stop): MessageStep | undefined {
  const hello = before.find(
    (step) => step.kind === "message" && step.from === "server" && step.name === "ServerHello",
  );
  return hello?.kind === "message" ? hello : undefined;
}

function usesBrokenHash({ run: { paths } }: Stop): false | undefined {
  const mayBe = paths === undefined || paths.some(({ rule }) => rule === "brokenSignatureAlgorithm");
  return mayBe ? undefined : false;
}

/** Offsets of a message: its header has 4 bytes, and ServerHello begins with legacy_version and random. */
const [body, endOfRandom] = [4, 38];
const scheme = (stop: Stop): number => uint16(stop, body);
/** RFC 9846 §4.2.3: the last byte of the sentinel. */
const sentinel =
  (last: number): Fit =>
  (stop) =>
    messageAt(stop)?.bytes[endOfRandom - 1] === last;

/** Of the rules that share an error: those left out are the general ones, or can't be told from others. */
const fits: Readonly<Record<string, Fit>> = {
  // Order
  "4.2.4/8": (stop) => isAt("HelloRetryRequest")(stop) && came(stop, "HelloRetryRequest"),
  "4.4.2/4": (stop) =>
    isAt("CertificateRequest")(stop) &&
    !isOpen(stop) &&
    extension(serverHello(stop), "pre_shared_key") !== undefined,
  "4.6/3": isAt("EndOfEarlyData"),
  "4.7.2/7": (stop) => isAt("CertificateRequest")(stop) && isOpen(stop),
  "4.7.3/1": (stop) => isAt("KeyUpdate")(stop) && !came(stop, "Finished"),

  // Versions
  "E.5/1": (stop) => isAt("ServerHello")(stop) && uint16(stop, body) < 0x0303,
  "4.3.1/4": never,
  "4.2.3/7": sentinel(1),
  "4.2.3/8": sentinel(0),
  "4.3.1/6": never,
  "4.3.1/8": (stop) => {
    const selected = extension(messageAt(stop), "supported_versions");
    return selected === undefined ? undefined : uint16(stop, selected.end - 2) < 0x0304;
  },
  "4.2.4/13": (stop) => extension(messageAt(stop), "supported_versions") !== undefined,
  "4.3.1/1": (stop) => extension(messageAt(stop), "supported_versions") === undefined,

  // A rule for each message
  "4.2.3/1": isAt("ServerHello"),
  "4.2.3/2": isAt("ServerHello"),
  "4.2.3/3": isAt("ServerHello"),
  "4.2.3/4": isAt("ServerHello"),
  "4.2.4/2": isAt("HelloRetryRequest"),
  "4.2.4/3": isAt("HelloRetryRequest"),
  "4.2.4/4": isAt("HelloRetryRequest"),
  "4.2.4/5": isAt("HelloRetryRequest"),
  "4.3/5": isAt("ServerHello"),
  "4.3/6": isAt("EncryptedExtensions"),
  "4.3/7": isAt("HelloRetryRequest"),
  "4.3/8": isAt("Certificate"),
  "4.5.1/7": isAt("Certificate"),
  "4.4.1/2": isAt("EncryptedExtensions"),

  // Keys and signatures
  "4.3.8/1": always,
  "6/11": never,
  "7.4.2/3": always,
  "7.4.2/4": never,
  "4.5.1.3/2": usesBrokenHash,
  "4.5.1.3/3": usesBrokenHash,
  // ecdsa_sha1 is 0x0203, rsa_pkcs1_sha1 0x0201.
  "4.5.2/10": (stop) => scheme(stop) === 0x0203 || scheme(stop) === 0x0201,
  "4.5.2/8": always,
  "4.3.3/1": never,
  "4.3.3/8": (stop) => scheme(stop) >= 0x0804 && scheme(stop) <= 0x0806,
  "4.3.3/12": (stop) => scheme(stop) >= 0x0809 && scheme(stop) <= 0x080b,
  "4.5.2/12": always,
  "4.5.3/2": always,

  // Records
  "5/4": (stop) => !came(stop, "Finished"),
  "5/5": (stop) => came(stop, "Finished"),
  "5/7": always,
  "5/3": ({ at }) => at?.kind === "change_cipher_spec",
  "5.4/7": always,
};

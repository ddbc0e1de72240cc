import { parseArgs } from "node:util";
import { type ConnectCommand, connectArguments } from "./connectArguments.ts";
import {
  type CommandName,
  commandNames,
  type OptionName,
  options,
  optionsOf,
  type Values,
} from "./optionTable.ts";
import { UsageError } from "./usageError.ts";
import { type VerifyCommand, verifyArguments } from "./verifyArguments.ts";

export type Command =
  | ConnectCommand
  | VerifyCommand
  | { readonly kind: "help"; readonly about: CommandName | undefined }
  | { readonly kind: "version" };

const examples = '"tls13 connect HOST[:PORT]" or "tls13 verify CHAIN.pem --name NAME"';

/** @throws UsageError */
export function parseCommand(argv: readonly string[]): Command {
  const { values, positionals } = parse(argv);
  const [first, ...operands] = positionals;
  const wanted = first === "help" ? operands[0] : first;
  const command = commandNames.find((name) => name === wanted);
  if (values.help || first === "help") return { kind: "help", about: command };
  if (values.version) return { kind: "version" };
  if (first === undefined) throw new UsageError(`no command given; try ${examples}`);
  if (command === undefined)
    throw new UsageError(`unknown command ${JSON.stringify(first)}; try ${examples}`);
  const strange = (Object.keys(values) as OptionName[]).find((name) => !optionsOf[command].includes(name));
  if (strange !== undefined) throw new UsageError(misplaced(strange, command));
  return command === "connect" ? connectArguments(values, operands) : verifyArguments(values, operands);
}

/** What one command calls otherwise than the other. */
const counterparts: Readonly<Partial<Record<OptionName, OptionName>>> = {
  name: "servername",
  servername: "name",
};

function misplaced(option: OptionName, command: CommandName): string {
  const counterpart = counterparts[option];
  const other = commandNames.find((name) => name !== command && optionsOf[name].includes(option));
  const hint =
    counterpart === undefined ? `"tls13 ${command} --help" lists its own` : `did you mean --${counterpart}?`;
  return `--${option} is an option of ${other}, not of ${command}; ${hint}`;
}

function parse(argv: readonly string[]): { values: Values; positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(explain(error as Error & { code?: string }));
  }
}

/** Node's messages are paragraphs, and name options in the way of its own documentation. */
function explain({ code, message }: Error & { code?: string }): string {
  const given = /'(?:-\w, )?(--?[^' =]*)/.exec(message)?.[1] ?? "an option";
  if (code === "ERR_PARSE_ARGS_UNKNOWN_OPTION") {
    const near = nearest(given);
    return `unknown option ${given}; ${near === undefined ? '"tls13 --help" lists them' : `did you mean ${near}?`}`;
  }
  if (code !== "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") return message;
  if (/does not take an argument/.test(message)) return `${given} takes no value`;
  return `${given} needs a value${given === "--key-shares" ? ": --key-shares= for none at all" : `: ${given} VALUE`}`;
}

/** An option that is spelled nearly so: --server-name, --cipher, --key-log. */
function nearest(given: string): string | undefined {
  const bare = given.replaceAll(/[-_]/g, "").toLowerCase();
  if (bare.length < 2) return undefined;
  const name = Object.keys(options).find((one) => {
    const other = one.replaceAll("-", "");
    return other.startsWith(bare) || bare.startsWith(other);
  });
  return name && `--${name}`;
}

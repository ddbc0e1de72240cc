import type { TrafficSecret } from "../src/keyschedule/trafficSecret.ts";
import { encodeMessage, type MessageBody, type MessageName } from "../src/messages/handshake.ts";
import type { EpochName } from "../src/record/epoch.ts";
import { type AlertName, alertCodes } from "../src/wire/alerts.ts";
import { type Bytes, copyOf } from "../src/wire/bytes.ts";
import { contentTypes } from "../src/wire/registry.ts";
import type { LabContext } from "./context.ts";
import type { Chunking } from "./memoryTransport.ts";
import type { RecordSpec } from "./wire.ts";

/**
 * What a server does, one thing after the other, as data: a script is a list of steps, and a misbehaving server is a
 * script that was edited. Steps have names; those of an honest handshake are
 *
 *     HelloRetryRequest, receive ClientHello, ServerHello, change_cipher_spec, write handshake, read handshake,
 *     EncryptedExtensions, CertificateRequest, Certificate, CertificateVerify, Finished, write application,
 *     receive Certificate, receive CertificateVerify, receive Finished, read application, NewSessionTicket
 *
 * and where early data is accepted "read early" stands first, "read handshake" behind "receive EndOfEarlyData", and that
 * behind "write application".
 */
export type Step = { readonly name: string } & (
  | {
      readonly kind: "message";
      /** The whole message, its header included. */
      readonly make: (context: LabContext) => Bytes | Promise<Bytes>;
      /** Whether it enters the transcript. */
      readonly transcript: boolean;
      /** Cuts it over records of its own, with other steps between them. */
      readonly cut?: (bytes: Bytes) => readonly (Bytes | Step)[];
    }
  | { readonly kind: "record"; readonly spec: RecordSpec | ((context: LabContext) => RecordSpec) }
  | { readonly kind: "raw"; readonly bytes: Bytes }
  | { readonly kind: "alert"; readonly level: number; readonly code: number }
  | {
      readonly kind: "keys";
      readonly direction: "read" | "write";
      readonly epoch: EpochName;
      readonly secret?: (context: LabContext, honest: TrafficSecret) => TrafficSecret;
    }
  | { readonly kind: "advance"; readonly direction: "read" | "write" }
  | { readonly kind: "receive"; readonly message: MessageName }
  | { readonly kind: "receive early data"; readonly length: number }
  | { readonly kind: "flush" }
  | { readonly kind: "end" }
  | { readonly kind: "wait"; readonly until: Promise<unknown> | ((context: LabContext) => Promise<unknown>) }
);

export type Script = readonly Step[];
export type Edit = (script: Script) => Script;

// Steps

/** A message out of turn: its body, or the whole of its bytes. It enters the transcript, as it would on both sides. */
export function send<N extends MessageName>(
  name: N,
  body: MessageBody<N> | Bytes | ((context: LabContext) => MessageBody<N> | Bytes),
): Step {
  return {
    name,
    kind: "message",
    transcript: true,
    make: (context) => {
      const value = typeof body === "function" ? body(context) : body;
      return value instanceof Uint8Array
        ? (value as Bytes)
        : encodeMessage(name, value as MessageBody<N>).bytes;
    },
  };
}

/** Handshake bytes that are no message, or one that has no name. */
export function handshakeBytes(bytes: Bytes): Step {
  return { name: "handshake bytes", kind: "message", transcript: true, make: () => bytes };
}

export function record(spec: RecordSpec | ((context: LabContext) => RecordSpec)): Step {
  return { name: "record", kind: "record", spec };
}

/** Bytes below the record layer. */
export function raw(bytes: Uint8Array): Step {
  return { name: "raw", kind: "raw", bytes: copyOf(bytes) };
}

export function data(bytes: Bytes): Step {
  return record({ type: contentTypes.application_data, content: bytes });
}

export function changeCipherSpec(content: readonly number[] = [1]): Step {
  const spec = { type: contentTypes.change_cipher_spec, content: new Uint8Array(content) };
  return { name: "change_cipher_spec", kind: "record", spec };
}

const warnings: readonly (AlertName | number)[] = ["close_notify", "user_canceled"];

export function alert(alertName: AlertName | number, level = warnings.includes(alertName) ? 1 : 2): Step {
  const code = typeof alertName === "number" ? alertName : alertCodes[alertName];
  return { name: "alert", kind: "alert", level, code };
}

/** A KeyUpdate under the old keys, and the step to the new ones. */
export function keyUpdate(requestUpdate: number): readonly Step[] {
  return [
    {
      name: "KeyUpdate",
      kind: "message",
      transcript: false,
      make: () => encodeMessage("KeyUpdate", { requestUpdate }).bytes,
    },
    advance("write"),
  ];
}

export function advance(direction: "read" | "write"): Step {
  return { name: `advance ${direction}`, kind: "advance", direction };
}

export function keys(
  direction: "read" | "write",
  epoch: EpochName,
  secret?: (context: LabContext, honest: TrafficSecret) => TrafficSecret,
): Step {
  const name = `${direction} ${epoch}`;
  return { name, kind: "keys", direction, epoch, ...(secret === undefined ? {} : { secret }) };
}

export function receive(message: MessageName): Step {
  return { name: `receive ${message}`, kind: "receive", message };
}

/** Reads until so many bytes of early data were seen, all in all; only before the script has received EndOfEarlyData. */
export function receiveEarlyData(length: number): Step {
  return { name: "receive early data", kind: "receive early data", length };
}

export function waitFor(until: Promise<unknown> | ((context: LabContext) => Promise<unknown>)): Step {
  return { name: "wait", kind: "wait", until };
}

/** What waits leaves now. */
export const flush: Step = { name: "flush", kind: "flush" };

/** Ends our direction of the transport. */
export const end: Step = { name: "end", kind: "end" };

// Edits

function at(script: Script, name: string): number {
  const index = script.findIndex((step) => step.name === name);
  if (index < 0) throw new RangeError(`no step ${name} among ${script.map((step) => step.name).join(", ")}`);
  return index;
}

export function before(name: string, ...steps: Script): Edit {
  return (script) => script.toSpliced(at(script, name), 0, ...steps);
}

export function after(name: string, ...steps: Script): Edit {
  return (script) => script.toSpliced(at(script, name) + 1, 0, ...steps);
}

export function without(...names: readonly string[]): Edit {
  return (script) => {
    for (const name of names) at(script, name);
    return script.filter((step) => !names.includes(step.name));
  };
}

export function replaced(name: string, ...steps: Script): Edit {
  return (script) => script.toSpliced(at(script, name), 1, ...steps);
}

/** A step changed; which one, its kind says. */
export function changed(name: string, change: (step: Step) => Step): Edit {
  return (script) => {
    const index = at(script, name);
    return script.with(index, change(script[index] as Step));
  };
}

/** The same message again, made anew. */
export function twice(name: string): Edit {
  return (script) => {
    const index = at(script, name);
    return script.toSpliced(index, 0, script[index] as Step);
  };
}

export function swapped(first: string, second: string): Edit {
  return (script) => {
    const [one, other] = [at(script, first), at(script, second)];
    return script.with(one, script[other] as Step).with(other, script[one] as Step);
  };
}

/** Nothing after this step. */
export function upTo(name: string): Edit {
  return (script) => script.slice(0, at(script, name) + 1);
}

/** Cuts a message over records of its own, with other steps between them. */
export function cut(name: string, into: (bytes: Bytes) => readonly (Bytes | Step)[]): Edit {
  return changed(name, (step) => {
    if (step.kind !== "message") throw new RangeError(`${name} is no message`);
    return { ...step, cut: into };
  });
}

/** Cuts a message into records as a transport would cut bytes. */
export function fragmented(name: string, fragments: Chunking): Edit {
  return cut(name, fragments);
}

/** The message's last words: they follow in the same record, outside of the transcript. */
export function joinedBy(name: string, bytes: Bytes | ((context: LabContext) => Bytes)): Edit {
  return changed(name, (step) => {
    if (step.kind !== "message") throw new RangeError(`${name} is no message`);
    let context: LabContext | undefined;
    return {
      ...step,
      make: (given) => {
        context = given;
        return step.make(given);
      },
      cut: (message) => {
        const more = typeof bytes === "function" ? bytes(context as LabContext) : bytes;
        const joined = new Uint8Array(message.length + more.length);
        joined.set(message);
        joined.set(more, message.length);
        return [joined];
      },
    };
  });
}

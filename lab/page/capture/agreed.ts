import type { Field } from "../../../src/messages/dissect.ts";
import type { Bytes } from "../../../src/wire/bytes.ts";
import type { Run, RunStep } from "../run.ts";

type Message = Extract<RunStep, { kind: "message" }>;

/** A field by the names on the way to it. */
function at(message: { readonly fields: Field } | undefined, ...path: readonly string[]): Field | undefined {
  return path.reduce<Field | undefined>(
    (field, name) => field?.children.find((child) => child.name === name),
    message?.fields,
  );
}

/** The name that a ClientHello asks for. */
export function serverNameIn(fields: Field): string | undefined {
  return at({ fields }, "extensions", "server_name", "[0]", "name")?.value;
}

const textOf = (message: Message | undefined, ...path: readonly string[]): string | undefined =>
  at(message, ...path)?.value;

/** What was agreed, as far as the messages tell. */
export function agreedIn(steps: readonly RunStep[]): Run["agreed"] {
  const named = (name: Message["name"]): Message | undefined =>
    steps.find((step): step is Message => step.kind === "message" && step.name === name);
  const first = named("ClientHello");
  const hello = named("ServerHello");
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Server name", first && serverNameIn(first.fields)],
    ["Version", textOf(hello, "extensions", "supported_versions")],
    ["Cipher suite", textOf(hello, "cipher_suite")],
    ["Group", textOf(hello, "extensions", "key_share", "group")],
    ["Asked for a second hello", named("HelloRetryRequest") === undefined ? undefined : "yes"],
    ["PSK", textOf(hello, "extensions", "pre_shared_key")],
    [
      "Application protocol",
      textOf(named("EncryptedExtensions"), "extensions", "application_layer_protocol_negotiation"),
    ],
    ["Signature", textOf(named("CertificateVerify"), "algorithm")],
  ];
  return rows.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [{ name, value }]));
}

/** The chain that the server showed first, DER. */
export function certificatesIn(steps: readonly RunStep[]): readonly Bytes[] {
  const message = steps.find(
    (step): step is Message =>
      step.kind === "message" && step.from === "server" && step.name === "Certificate",
  );
  const entries = at(message, "certificate_list")?.children ?? [];
  return entries.flatMap((entry) => {
    const data = entry.children.find(({ name }) => name === "cert_data")?.children.at(-1);
    return data?.name === "content" && message !== undefined
      ? [message.bytes.slice(data.start, data.end)]
      : [];
  });
}

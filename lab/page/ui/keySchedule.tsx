import { useState } from "preact/hooks";
import { toHex } from "../../../src/wire/bytes.ts";
import type { Run, RunSecret } from "../run.ts";
import { address, compared, selectedStep, shown } from "./state.ts";

type Derived = RunSecret & { readonly how: { readonly kind: "derive" } };
type Extracted = RunSecret & { readonly how: { readonly kind: "extract" } };

const isExtracted = (secret: RunSecret): secret is Extracted => secret.how.kind === "extract";
const isDerived = (secret: RunSecret): secret is Derived => secret.how.kind === "derive";

/** RFC 9846 §7.1 as a figure: the spine of extracts from the top down, and what is derived from each at its right. */
export function KeySchedule() {
  const [chosen, setChosen] = useState<string | undefined>(undefined);
  const run = shown.value;
  if (run === undefined) return null;
  const { secrets } = run;
  /** Where the reader has stopped at a message, what comes after it is not there yet. */
  const moment = address.value.selected === undefined ? Number.POSITIVE_INFINITY : selectedStep.value;
  const longest = Math.max(1, ...secrets.filter(isDerived).map(({ how }) => how.transcript.length));
  const line = new Set(chosen === undefined ? [] : ancestors(secrets, chosen));
  const others = new Map(compared.value?.secrets.map(({ name, value }) => [name, toHex(value)]));

  const secretProps = (secret: RunSecret) => ({
    secret,
    run,
    longest,
    isChosen: secret.name === chosen,
    inLine: line.has(secret.name),
    isLater: secret.step > moment,
    differs: compared.value !== undefined && others.get(secret.name) !== toHex(secret.value),
    onChoose: () => setChosen(secret.name === chosen ? undefined : secret.name),
  });
  const draw = (secret: RunSecret) => <Secret key={secret.name} {...secretProps(secret)} />;
  const grow = (parent: string) => {
    const children = secrets
      .filter(isDerived)
      .filter(({ name, how }) => how.parent === parent && !isSalt(secrets, name));
    if (children.length === 0) return null;
    return (
      <ul class="derived">
        {children.map((secret) => (
          <li key={secret.name}>
            {draw(secret)}
            {grow(secret.name)}
          </li>
        ))}
      </ul>
    );
  };

  return (
    <section class="keys" aria-labelledby="keys">
      <h2 id="keys">The key schedule</h2>
      <p class="says">
        Every secret of this connection, made anew from its inputs (RFC 9846 §7.1). The little bars show how
        much of the conversation a secret depends on: change any of it, and both sides come to other keys.
      </p>
      {secrets.length === 0 && (
        <p class="says">No secret was made: the client stopped before it had a suite.</p>
      )}
      <div class="stages">
        {secrets.filter(isExtracted).map((secret, index) => (
          <div key={secret.name} class={`stage epoch-${epochs[index] ?? "application"}`}>
            <div class="spine">
              {[secret.how.salt, secret.how.inputKeyMaterial].map((input, i) => {
                const made = secrets.find(({ name }) => name === input);
                return (
                  <div key={`${i} ${input}`} class="input">
                    <span class="label">{i === 0 ? "salt" : "input"}</span>
                    {made === undefined ? <span class="zero">zeros</span> : draw(made)}
                  </div>
                );
              })}
              <p class="operation">HKDF-Extract</p>
              {draw(secret)}
            </div>
            {grow(secret.name)}
          </div>
        ))}
      </div>
    </section>
  );
}

const epochs = ["early", "handshake", "application"] as const;

/** The salt of a later extract stands there, not among what is derived. */
function isSalt(secrets: readonly RunSecret[], name: string): boolean {
  return secrets.some((one) => isExtracted(one) && one.how.salt === name);
}

function ancestors(secrets: readonly RunSecret[], name: string): readonly string[] {
  const how = secrets.find((one) => one.name === name)?.how;
  if (how === undefined || how.kind === "input") return [];
  const parents = how.kind === "derive" ? [how.parent] : [how.salt, how.inputKeyMaterial];
  return parents.flatMap((parent) => [parent, ...ancestors(secrets, parent)]);
}

interface SecretProps {
  readonly secret: RunSecret;
  readonly run: Run;
  readonly longest: number;
  readonly isChosen: boolean;
  readonly inLine: boolean;
  readonly isLater: boolean;
  readonly differs: boolean;
  readonly onChoose: () => void;
}

function Secret({ secret, longest, isChosen, inLine, isLater, differs, onChoose }: SecretProps) {
  const { name, how, value } = secret;
  const span = how.kind === "derive" ? how.transcript : [];
  return (
    <div
      class="secret"
      data-later={isLater ? "" : undefined}
      data-line={inLine ? "" : undefined}
      data-differs={differs ? "" : undefined}
    >
      <button type="button" aria-expanded={isChosen} onClick={onChoose}>
        {how.kind === "derive" && <span class="secret-label">“{how.label}”</span>}
        <span class="secret-name">{name}</span>
        {isLater && <span class="unseen"> (not yet)</span>}
        {span.length > 0 && (
          <span class="span">
            <span class="span-bars" aria-hidden="true">
              {Array.from({ length: longest }, (_, i) => (
                <i key={i} data-in={i < span.length ? "" : undefined} />
              ))}
            </span>
            <span class="span-words">
              {span[0]}
              {span.length > 1 ? ` … ${span.at(-1)}` : ""}
            </span>
          </span>
        )}
      </button>
      {isChosen && (
        <div class="secret-more">
          <code class="value">{toHex(value)}</code>
          <p class="formula">
            <Formula secret={secret} />
          </p>
          {how.kind === "derive" && how.transcriptHash !== undefined && how.transcript.length > 0 && (
            <p>
              Transcript hash over {how.transcript.join(", ")}:{" "}
              <code class="value">{toHex(how.transcriptHash)}</code>
            </p>
          )}
        </div>
      )}
    </div>
  );
}

function Formula({ secret: { how, value } }: { readonly secret: RunSecret }) {
  switch (how.kind) {
    case "input":
      return <>Goes in as it is, {value.length} bytes.</>;
    case "extract":
      return (
        <code>
          HKDF-Extract({how.salt}, {how.inputKeyMaterial})
        </code>
      );
    case "derive":
      return (
        <code>
          HKDF-Expand-Label({how.parent}, "{how.label}", {how.transcript.length > 0 ? "Transcript-Hash" : "…"}
          , {value.length})
        </code>
      );
  }
}

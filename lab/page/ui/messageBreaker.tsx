import { useState } from "preact/hooks";
import type { MessageAt, Run } from "../run.ts";
import { change } from "./state.ts";
import type { MessageStep } from "./steps.ts";

/** What can be done to a whole message of the server. */
export function MessageBreaker({ message, run }: { readonly message: MessageStep; readonly run: Run }) {
  const [asks, setAsks] = useState<"swap" | "truncate" | undefined>(undefined);
  const at: MessageAt = { name: message.name, nth: message.nth };
  const others = run.steps.filter(
    (step): step is MessageStep =>
      step.kind === "message" && step.from === "server" && !(step.name === at.name && step.nth === at.nth),
  );
  const next = others.find((step) => run.steps.indexOf(step) > run.steps.indexOf(message)) ?? others.at(-1);
  const [length, setLength] = useState<number | undefined>(undefined);
  const half = Math.min(length ?? Math.ceil(message.bytes.length / 2), message.bytes.length - 1);

  return (
    <div class="breaker" role="group" aria-label={`Break ${message.name}`}>
      <span class="label">Break it</span>
      <button type="button" onClick={() => change({ kind: "drop", message: at })}>
        Drop
      </button>
      <button type="button" onClick={() => change({ kind: "double", message: at })}>
        Double
      </button>
      {next !== undefined && (
        <button
          type="button"
          aria-expanded={asks === "swap"}
          onClick={() => setAsks(asks === "swap" ? undefined : "swap")}
        >
          Swap…
        </button>
      )}
      <button
        type="button"
        aria-expanded={asks === "truncate"}
        onClick={() => setAsks(asks === "truncate" ? undefined : "truncate")}
      >
        Truncate…
      </button>
      {asks === "swap" && (
        <span class="asks">
          with
          {others.map((step) => (
            <button
              key={`${step.name} ${step.nth}`}
              type="button"
              onClick={() => {
                setAsks(undefined);
                change({ kind: "swap", message: at, with: { name: step.name, nth: step.nth } });
              }}
            >
              {step.nth === 0 ? step.name : `${step.name} ${step.nth + 1}`}
            </button>
          ))}
        </span>
      )}
      {asks === "truncate" && (
        <form
          class="asks"
          onSubmit={(event) => {
            event.preventDefault();
            setAsks(undefined);
            change({ kind: "truncate", message: at, length: half });
          }}
        >
          <label for="length">after byte</label>
          <input
            id="length"
            type="number"
            min={0}
            max={message.bytes.length - 1}
            value={half}
            onInput={(event) => setLength(event.currentTarget.valueAsNumber || 0)}
          />
          <button type="submit" class="primary">
            Cut there
          </button>
        </form>
      )}
    </div>
  );
}

import { useEffect, useState } from "preact/hooks";
import type { Run } from "../run.ts";
import { address, go, selectedStep } from "./state.ts";

/** Milliseconds that each message stays when they are played. */
const pace = 1400;

/** Goes from message to message, by hand or by itself; the key schedule grows along. */
export function Stepper({ run }: { readonly run: Run }) {
  const [playing, setPlaying] = useState(false);
  const messages = run.steps.flatMap((step, i) => (step.kind === "message" ? [i] : []));
  const here = messages.indexOf(selectedStep.value);
  const isStarted = address.value.selected !== undefined;
  const to = (place: number): void => {
    const step = run.steps[messages[place] ?? -1];
    if (step?.kind !== "message") return;
    const { from, name, nth } = step;
    go({ ...address.value, selected: { from, name, nth, offset: undefined } }, true);
  };

  useEffect(() => {
    if (!playing) return;
    if (here >= messages.length - 1) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => to(here + 1), pace);
    return () => clearTimeout(timer);
  }, [playing, here, run]);

  return (
    <div class="stepper" role="group" aria-label="Step through the messages">
      <button type="button" aria-label="The message before" disabled={here <= 0} onClick={() => to(here - 1)}>
        ‹
      </button>
      <button
        type="button"
        aria-pressed={playing}
        onClick={() => {
          if (!playing) to(isStarted && here < messages.length - 1 ? here : 0);
          setPlaying(!playing);
        }}
      >
        {playing ? "stop" : "play"}
      </button>
      <button
        type="button"
        aria-label="The next message"
        disabled={here >= messages.length - 1}
        onClick={() => to(here + 1)}
      >
        ›
      </button>
    </div>
  );
}

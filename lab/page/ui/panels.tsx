import { type Signal, signal } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect } from "preact/hooks";
import type { Run } from "../run.ts";
import { bring, type PanelId, shown } from "./state.ts";

interface PanelProps {
  /** The run that is shown. */
  readonly run: Run | undefined;
  /** Called with a run that was brought from elsewhere. */
  readonly onRun: (run: Run) => void;
}

interface Panel {
  readonly id: PanelId;
  readonly title: string;
  readonly summary: string;
  /** Its code is fetched when its tab is opened. */
  readonly load: () => Promise<FunctionComponent<PanelProps>>;
  readonly component: Signal<{ readonly Panel: FunctionComponent<PanelProps> } | undefined>;
}

/** Tabs behind those of the scenarios: where runs come from that nobody made here. */
export const panels: readonly Panel[] = [
  {
    id: "live",
    title: "Real connections",
    summary: "Connect to a server that is really there, through a relay that sees only what is encrypted.",
    load: async () => {
      const { LivePanel } = await import("../live/LivePanel.tsx");
      return ({ onRun }) => <LivePanel relay={undefined} onRun={onRun} />;
    },
    component: signal(undefined),
  },
  {
    id: "captures",
    title: "Captures and traces",
    summary:
      "Open a capture with its secrets, or a trace of tls13 connect --json; or take the run that is shown with you.",
    load: async () => (await import("../capture/CapturePanel.tsx")).CapturePanel,
    component: signal(undefined),
  },
];

export function PanelView({ panel }: { readonly panel: Panel }) {
  useEffect(() => {
    panel.load().then(
      (Panel) => {
        panel.component.value = { Panel };
      },
      () => {},
    );
  }, [panel]);
  const loaded = panel.component.value;
  return loaded === undefined ? (
    <p class="waiting">One moment…</p>
  ) : (
    <loaded.Panel run={shown.value} onRun={(run) => bring(panel.id, run)} />
  );
}

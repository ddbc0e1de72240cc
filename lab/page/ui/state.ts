import { computed, effect, signal, untracked } from "@preact/signals";
import { addressOf, type PageState, parseAddress } from "../address.ts";
import type { Change, Run } from "../run.ts";
import type { ScenarioId } from "../scenarios.ts";
import { firstRun } from "./firstRun.ts";
import { loadEngine } from "./loadEngine.ts";
import { firstToShow, type MessageStep, stepOfMessage } from "./steps.ts";

export interface Lit {
  readonly start: number;
  readonly end: number;
}

/** What the URL says; all that the page shows follows from it. */
export const address = signal<PageState>(parseAddress(""));

/** Why the URL's fragment could not be taken. */
export const complaint = signal<string | undefined>(undefined);

/** A tab that is no scenario's; its name is its address. */
export const panelIds = ["live", "captures"] as const;
export type PanelId = (typeof panelIds)[number];

export const panelId = signal<PanelId | undefined>(undefined);

/** Whether the first view was painted; what stands below it waits so long. */
export const painted = signal(false);

/** What the scenario came to. */
const ran = signal<Run | undefined>(undefined);

/** What was brought to a panel's tab. */
const brought = signal<Readonly<Partial<Record<PanelId, Run>>>>({});

/** The tab of captures shows what was there before it, which can be taken along, until another run is opened. */
export const shown = computed<Run | undefined>(() => {
  const { live, captures } = brought.value;
  switch (panelId.value) {
    case undefined:
      return ran.value;
    case "live":
      return live;
    case "captures":
      return captures ?? live ?? ran.value;
  }
});

/** Whether the run that is shown depends on the address alone, so that it can be changed. */
export const isOurs = computed<boolean>(() => shown.value === ran.value);

export function bring(id: PanelId, run: Run): void {
  brought.value = { ...brought.value, [id]: run };
  address.value = { ...address.value, selected: undefined };
}

/** The scenario's own run; what it is compared with stays. */
export function goToScenario(scenario: ScenarioId): void {
  panelId.value = undefined;
  go({ scenario, changes: [], selected: undefined, compared: address.value.compared });
}

export function goToPanel(id: PanelId): void {
  if (location.hash !== `#${id}`) history.pushState(null, "", `#${id}`);
  readUrl();
}

/** What `shown` is compared with. */
export const compared = signal<Run | undefined>(undefined);

/** The bytes of the selected message under the pointer, or with the keyboard's focus. */
export const lit = signal<Lit | undefined>(undefined);

/** An index of `shown`'s steps. */
export const selectedStep = computed<number>(() => {
  const [run, { selected }] = [shown.value, address.value];
  if (run === undefined) return -1;
  const found = selected === undefined ? -1 : stepOfMessage(run, selected);
  return found >= 0 ? found : firstToShow(run);
});

export const selectedMessage = computed<MessageStep | undefined>(() => {
  const step = shown.value?.steps[selectedStep.value];
  return step?.kind === "message" ? step : undefined;
});

/** The same message of the run that is compared. */
export const comparedMessage = computed<MessageStep | undefined>(() => {
  const [run, message] = [compared.value, selectedMessage.value];
  if (run === undefined || message === undefined) return undefined;
  const step = run.steps[stepOfMessage(run, message)];
  return step?.kind === "message" ? step : undefined;
});

export function urlOf(to: PageState): string {
  return `#${addressOf(to)}`;
}

/** Goes to another state, which the browser's "back" leaves again; a small move takes the place of the one before. */
export function go(to: PageState, small = false): void {
  complaint.value = undefined;
  const url = urlOf(to);
  const { scenario, changes } = address.value;
  if (panelId.value !== undefined && to.scenario === scenario && to.changes === changes) {
    // The address of a panel's tab says nothing of what is looked at there.
    address.value = to;
    return;
  }
  panelId.value = undefined;
  if (url !== location.hash) {
    if (small) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
  }
  address.value = to;
}

/** A change, and a look at where it made the client stop. */
export function change(...changes: readonly Change[]): void {
  go({ ...address.value, changes: [...address.value.changes, ...changes], selected: undefined });
}

function readUrl(): void {
  panelId.value = panelIds.find((id) => location.hash === `#${id}`);
  if (panelId.value !== undefined) return;
  try {
    address.value = parseAddress(location.hash);
    complaint.value = undefined;
  } catch (error) {
    complaint.value = error instanceof Error ? error.message : String(error);
  }
}

/** Follows the URL from now on. */
export function start(): void {
  readUrl();
  addEventListener("popstate", readUrl);
  follow(
    () => address.value,
    (run) => {
      ran.value = run;
      lit.value = undefined;
    },
  );
  follow(
    () => {
      const { compared: id } = address.value;
      return id === undefined ? undefined : { scenario: id, changes: [] };
    },
    (run) => {
      compared.value = run;
    },
  );
}

/** Runs what is wanted whenever that changes; a run that was overtaken by the next is dropped. */
function follow(
  wanted: () => Pick<PageState, "scenario" | "changes"> | undefined,
  show: (run: Run | undefined) => void,
): void {
  let newest = 0;
  const key = computed(() => {
    const what = wanted();
    return what && addressOf({ ...what, selected: undefined, compared: undefined });
  });
  effect(() => {
    const mine = ++newest;
    if (key.value === undefined) {
      show(undefined);
      return;
    }
    const kept = firstRun(key.value);
    if (kept !== undefined) {
      show(kept);
      return;
    }
    const { scenario, changes } = untracked(wanted) as PageState;
    loadEngine()
      .then(({ run }) => run(scenario, changes))
      .then(
        (run) => {
          if (mine === newest) show(run);
        },
        (error: unknown) => {
          complaint.value = `this could not be run: ${String(error)}`;
        },
      );
  });
}

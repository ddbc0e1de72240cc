import { useEffect, useRef } from "preact/hooks";
import { scenarioIds, scenarios } from "../scenarios.ts";
import { panels } from "./panels.tsx";
import { address, goToPanel, goToScenario, panelId } from "./state.ts";

const tabs = [
  ...scenarioIds.map((id) => ({ id, title: scenarios[id].title, choose: () => goToScenario(id) })),
  ...panels.map(({ id, title }) => ({ id, title, choose: () => goToPanel(id) })),
];

/** The ways that a connection can go, and what else is to be had. Arrows choose at once, as a run takes no time. */
export function ScenarioTabs() {
  const list = useRef<HTMLDivElement>(null);
  const current = panelId.value ?? address.value.scenario;

  useEffect(() => {
    // Along the row of tabs alone: the page itself stays where it is.
    const tab = list.current?.querySelector<HTMLElement>("[aria-selected=true]");
    if (tab && list.current) list.current.scrollLeft = tab.offsetLeft - list.current.offsetLeft - 24;
  }, [current]);

  function onKeyDown(event: KeyboardEvent): void {
    const here = tabs.findIndex(({ id }) => id === current);
    const last = tabs.length - 1;
    const places: Readonly<Record<string, number>> = {
      ArrowRight: here === last ? 0 : here + 1,
      ArrowLeft: here === 0 ? last : here - 1,
      Home: 0,
      End: last,
    };
    const place = places[event.key];
    if (place === undefined) return;
    event.preventDefault();
    tabs[place]?.choose();
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[place]?.focus();
  }

  return (
    <div
      ref={list}
      class="tabs"
      role="tablist"
      aria-label="Ways that a connection can go"
      onKeyDown={onKeyDown}
    >
      {tabs.map(({ id, title, choose }) => (
        <button
          key={id}
          id={`tab-${id}`}
          type="button"
          role="tab"
          aria-selected={id === current}
          aria-controls="run"
          tabIndex={id === current ? 0 : -1}
          onClick={choose}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

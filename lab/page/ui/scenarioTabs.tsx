import { useRef } from "preact/hooks";
import { scenarioIds, scenarios } from "../scenarios.ts";
import { address, go } from "./state.ts";

/** The ways that a connection can go. Arrows choose at once, as a run takes no time. */
export function ScenarioTabs() {
  const list = useRef<HTMLDivElement>(null);
  const current = address.value.scenario;

  function choose(id: (typeof scenarioIds)[number]): void {
    go({ scenario: id, changes: [], selected: undefined, compared: address.value.compared });
  }

  function onKeyDown(event: KeyboardEvent): void {
    const here = scenarioIds.indexOf(current);
    const last = scenarioIds.length - 1;
    const places: Readonly<Record<string, number>> = {
      ArrowRight: here === last ? 0 : here + 1,
      ArrowLeft: here === 0 ? last : here - 1,
      Home: 0,
      End: last,
    };
    const place = places[event.key];
    if (place === undefined) return;
    event.preventDefault();
    choose(scenarioIds[place] as (typeof scenarioIds)[number]);
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
      {scenarioIds.map((id) => (
        <button
          key={id}
          id={`tab-${id}`}
          type="button"
          role="tab"
          aria-selected={id === current}
          aria-controls="run"
          tabIndex={id === current ? 0 : -1}
          onClick={() => choose(id)}
        >
          {scenarios[id].title}
        </button>
      ))}
    </div>
  );
}

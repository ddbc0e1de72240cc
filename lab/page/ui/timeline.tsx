import type { Run } from "../run.ts";
import { address, compared, go, selectedStep, shown } from "./state.ts";
import { type LaneKeys, laneKeys, pairRows, type Row, rowsOf } from "./steps.ts";
import { Stepper } from "./stepper.tsx";
import { TimelineRow } from "./timelineRow.tsx";

/** Both flights, from the top down: the client on the left, the server on the right, and the run that is compared beside it. */
export function Timeline() {
  const run = shown.value;
  if (run === undefined) return null;
  const other = compared.value;
  return (
    <section class={other === undefined ? "timeline" : "timeline timeline-pair"} aria-labelledby="flights">
      <div class="timeline-head">
        <h2 id="flights" class="label">
          What went over the wire
        </h2>
        <Stepper run={run} />
      </div>
      {other === undefined ? <Ladder run={run} /> : <Ladders run={run} other={other} />}
      <Legend />
    </section>
  );
}

function Ladder({ run }: { readonly run: Run }) {
  const lanes = laneKeys(run.steps);
  return (
    <div class="ladder">
      <Ends />
      <ol class="rows" onKeyDown={walk}>
        {rowsOf(run.steps).map((row) => (
          <TimelineRow
            key={row.first}
            row={row}
            keys={keysAt(lanes, row)}
            run={run}
            selected={isSelected(row)}
            differs={false}
            onSelect={() => select(run, row)}
          />
        ))}
      </ol>
    </div>
  );
}

function Ladders({ run, other }: { readonly run: Run; readonly other: Run }) {
  const [lanes, otherLanes] = [laneKeys(run.steps), laneKeys(other.steps)];
  return (
    <div class="ladders" onKeyDown={walk}>
      <div class="ladder-titles" aria-hidden="true">
        <p>{address.value.changes.length > 0 ? `${run.title}, changed` : run.title}</p>
        <p>{other.title}</p>
      </div>
      <div class="ladder-ends">
        <Ends />
        <Ends />
      </div>
      <ol class="rows">
        {pairRows(rowsOf(run.steps), rowsOf(other.steps)).map(({ one, other: twin, differs }) => (
          <li key={`${one?.first} ${twin?.first}`} class="pair" data-differs={differs ? "" : undefined}>
            {one === undefined ? (
              <Gap words="not in this run" />
            ) : (
              <TimelineRow
                as="div"
                row={one}
                keys={keysAt(lanes, one)}
                run={run}
                selected={isSelected(one)}
                differs={differs}
                onSelect={() => select(run, one)}
              />
            )}
            {twin === undefined ? (
              <Gap words="not in that run" />
            ) : (
              <TimelineRow
                as="div"
                row={twin}
                keys={keysAt(otherLanes, twin)}
                run={other}
                selected={one !== undefined && isSelected(one)}
                differs={differs}
                onSelect={one === undefined ? undefined : () => select(run, one)}
              />
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Gap({ words }: { readonly words: string }) {
  return <p class="gap">{words}</p>;
}

function Ends() {
  return (
    <div class="ends" aria-hidden="true">
      <span>client</span>
      <span>server</span>
    </div>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-label="Colours of keys">
      <li class="epoch-none">no keys yet</li>
      <li class="epoch-early">early</li>
      <li class="epoch-handshake">{"{handshake}"}</li>
      <li class="epoch-application">[application]</li>
    </ul>
  );
}

const noLanes: LaneKeys | undefined = laneKeys([])[0];

function keysAt(lanes: readonly LaneKeys[], row: Row): LaneKeys | undefined {
  return lanes[row.last] ?? noLanes;
}

function isSelected({ first, last }: Row): boolean {
  return selectedStep.value >= first && selectedStep.value <= last;
}

function select(run: Run, row: Row): void {
  const step = run.steps[row.first];
  if (step?.kind !== "message") return;
  go({ ...address.value, selected: { from: step.from, name: step.name, nth: step.nth, offset: undefined } });
}

/** Up and down go from message to message. */
function walk(event: KeyboardEvent): void {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const here = (event.target as HTMLElement).closest<HTMLElement>("button.arrow");
  if (by === 0 || here === null) return;
  const arrows = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("button.arrow")];
  const next = arrows[arrows.indexOf(here) + by];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
  next.click();
}

import type { Run } from "../run.ts";
import { address, compared, go, selectedStep, shown } from "./state.ts";
import { Stepper } from "./stepper.tsx";
import { type LaneKeys, laneKeys, type Pair, pairRows, type Row, rowsOf } from "./steps.ts";
import { GapRow, TimelineRow } from "./timelineRow.tsx";

/** Both flights, from the top down: the client on the left, the server on the right, and the run that is compared beside it. */
export function Timeline() {
  const run = shown.value;
  if (run === undefined) return null;
  const other = compared.value;
  return (
    <section class="timeline" data-title={run.title} aria-labelledby="flights">
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
            keys={lanes[row.last]}
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
  const pairs = pairRows(rowsOf(run.steps), rowsOf(other.steps));
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
        {pairs.map(({ one, other: twin, differs }, i) => (
          <li key={i} class="pair" data-differs={differs ? "" : undefined}>
            {one === undefined ? (
              <GapRow keys={keysAbove(lanes, pairs, i, "one")} words="not in this run" />
            ) : (
              <TimelineRow
                as="div"
                row={one}
                keys={lanes[one.last]}
                run={run}
                selected={isSelected(one)}
                differs={differs}
                onSelect={() => select(run, one)}
              />
            )}
            {twin === undefined ? (
              <GapRow keys={keysAbove(otherLanes, pairs, i, "other")} words="not in that run" />
            ) : (
              <TimelineRow
                as="div"
                row={twin}
                keys={otherLanes[twin.last]}
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

/** Where a run has nothing in a row, its sides still have the keys of the row above. */
function keysAbove(
  lanes: readonly LaneKeys[],
  pairs: readonly Pair[],
  at: number,
  which: "one" | "other",
): LaneKeys | undefined {
  const above = pairs.slice(0, at).findLast((pair) => pair[which] !== undefined)?.[which];
  return above && lanes[above.last];
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

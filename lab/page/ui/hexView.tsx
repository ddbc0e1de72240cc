import { useLayoutEffect, useRef } from "preact/hooks";
import type { Lit } from "./state.ts";
import { hex } from "./words.ts";

export interface Region {
  readonly start: number;
  readonly end: number;
  /** `header`, `body`, `tag` …: how it looks, and what it is called for those who hear it. */
  readonly kind: string;
}

interface Props {
  readonly label: string;
  readonly bytes: Uint8Array;
  readonly regions: readonly Region[];
  readonly lit: readonly Lit[];
  /** The byte that was picked. */
  readonly at?: number | undefined;
  readonly columns: number;
  /** Bytes that are another in the run that is compared. */
  readonly differs?: ((offset: number) => boolean) | undefined;
  readonly nameOf: (offset: number) => string;
  readonly onPoint: (offset: number | undefined) => void;
  readonly onPick?: ((offset: number) => void) | undefined;
}

/**
 * Bytes as a grid that arrows walk through. What is lit changes with every move of the pointer, so it is painted onto the
 * cells that are there.
 */
export function HexView(props: Props) {
  const { label, bytes, regions, lit, at, columns, differs, nameOf, onPoint, onPick } = props;
  const grid = useRef<HTMLDivElement>(null);
  const focused = useRef(0);
  const cell = (offset: number): HTMLElement | null =>
    grid.current?.querySelector<HTMLElement>(`[data-at="${offset}"]`) ?? null;

  useLayoutEffect(() => {
    const painted: HTMLElement[] = [];
    for (const { start, end } of lit) {
      for (let offset = start; offset < end; offset++) {
        const one = cell(offset);
        if (one === null) continue;
        one.dataset["lit"] = "";
        painted.push(one);
      }
    }
    return () => {
      for (const one of painted) delete one.dataset["lit"];
    };
  });

  function offsetOf(event: Event): number | undefined {
    const text = (event.target as HTMLElement).dataset["at"];
    return text === undefined ? undefined : Number(text);
  }

  function move(event: KeyboardEvent): void {
    const offset = offsetOf(event);
    if (offset === undefined) return;
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: offset - 1,
      ArrowRight: offset + 1,
      ArrowUp: offset - columns,
      ArrowDown: offset + columns,
      Home: event.ctrlKey ? 0 : offset - (offset % columns),
      End: event.ctrlKey ? bytes.length - 1 : offset - (offset % columns) + columns - 1,
    };
    const to = moves[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const clipped = event.key === "End" ? Math.min(to, bytes.length - 1) : to;
    const next = cell(clipped);
    if (next === null) return;
    cell(focused.current)?.setAttribute("tabindex", "-1");
    next.setAttribute("tabindex", "0");
    focused.current = clipped;
    next.focus();
  }

  const first = at ?? Math.min(focused.current, Math.max(0, bytes.length - 1));
  focused.current = first;
  const rows = Array.from({ length: Math.ceil(bytes.length / columns) }, (_, row) => row * columns);
  return (
    <div
      ref={grid}
      class="hex"
      role="grid"
      aria-label={label}
      aria-readonly={onPick === undefined}
      onKeyDown={move}
      onMouseOver={(event) => onPoint(offsetOf(event))}
      onMouseLeave={() => onPoint(undefined)}
      onFocusIn={(event) => onPoint(offsetOf(event))}
      onFocusOut={() => onPoint(undefined)}
      onClick={(event) => {
        const offset = offsetOf(event);
        if (offset !== undefined) onPick?.(offset);
      }}
    >
      {rows.map((row) => (
        <div key={row} class="hex-row" role="row">
          <span class="hex-offset" role="rowheader" aria-label={`byte ${row}`}>
            {hex(row, 4)}
          </span>
          {Array.from(bytes.subarray(row, row + columns), (byte, column) => {
            const offset = row + column;
            const region = regions.find(({ start, end }) => offset >= start && offset < end);
            return (
              <span
                key={offset}
                role="gridcell"
                tabIndex={offset === first ? 0 : -1}
                data-at={offset}
                data-kind={region?.kind}
                data-picked={offset === at ? "" : undefined}
                data-differs={differs?.(offset) ? "" : undefined}
                aria-label={`${hex(byte)}, byte ${offset}, ${nameOf(offset)}`}
                aria-selected={offset === at}
              >
                {hex(byte)}
              </span>
            );
          })}
        </div>
      ))}
    </div>
  );
}

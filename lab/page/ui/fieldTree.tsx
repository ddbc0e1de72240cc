import { useRef, useState } from "preact/hooks";
import type { Field } from "../../../src/messages/dissect.ts";
import { equal } from "../../../src/wire/bytes.ts";
import type { Lit } from "./state.ts";
import { fieldsByPath } from "./steps.ts";

interface Props {
  readonly label: string;
  readonly field: Field;
  readonly bytes: Uint8Array;
  /** The same message of another run. */
  readonly other: { readonly field: Field; readonly bytes: Uint8Array } | undefined;
  readonly lit: Lit | undefined;
  readonly onPoint: (field: Field | undefined) => void;
  readonly onPick: (field: Field) => void;
}

/** At first only the list of extensions is open, and the way to what can't be read. */
function openAtFirst(field: Field, depth: number): boolean {
  if (field.children.some((child) => isWrong(child) || openAtFirst(child, depth + 1))) return true;
  return depth === 1 && field.name.startsWith("extensions") && field.children.length <= 24;
}

function isWrong({ name }: Field): boolean {
  return name === "malformed" || name === "trailing_bytes";
}

/** A message's fields. Arrows walk through them as WAI-ARIA's tree has it. */
export function FieldTree({ label, field, bytes, other, lit, onPoint, onPick }: Props) {
  const tree = useRef<HTMLUListElement>(null);
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState("/0");
  const others = other === undefined ? undefined : fieldsByPath(other.field);

  const isOpen = (one: Field, way: string, depth: number): boolean =>
    one.children.length > 0 && openAtFirst(one, depth) !== toggled.has(way);
  const toggle = (way: string): void => {
    const next = new Set(toggled);
    if (!next.delete(way)) next.add(way);
    setToggled(next);
  };
  const items = (): HTMLElement[] => [
    ...(tree.current?.querySelectorAll<HTMLElement>("[role=treeitem]") ?? []),
  ];
  const focus = (item: HTMLElement | null | undefined): void => {
    if (item === null || item === undefined) return;
    setActive(item.dataset["way"] ?? active);
    item.focus();
  };

  function onKeyDown(event: KeyboardEvent, one: Field, way: string, open: boolean): void {
    const list = items();
    const here = event.currentTarget as HTMLElement;
    const index = list.indexOf(here);
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => focus(list[index + 1]),
      ArrowUp: () => focus(list[index - 1]),
      Home: () => focus(list[0]),
      End: () => focus(list.at(-1)),
      ArrowRight: () => {
        if (one.children.length === 0) return;
        if (open) focus(list[index + 1]);
        else toggle(way);
      },
      ArrowLeft: () => {
        if (open) toggle(way);
        else focus(list.find(({ dataset }) => dataset["way"] === way.slice(0, way.lastIndexOf("/"))));
      },
      Enter: () => onPick(one),
      " ": () => toggle(way),
    };
    const act = keys[event.key];
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  function draw(one: Field, way: string, path: string, depth: number, place: number, of: number) {
    const open = isOpen(one, way, depth);
    const twin = others?.get(path);
    const differs =
      other !== undefined &&
      (twin === undefined ||
        !equal(bytes.subarray(one.start, one.end), other.bytes.subarray(twin.start, twin.end)));
    const isLit = lit !== undefined && lit.start === one.start && lit.end === one.end;
    return (
      <li key={way} role="none">
        <div
          role="treeitem"
          data-way={way}
          data-lit={isLit ? "" : undefined}
          data-differs={differs ? "" : undefined}
          tabIndex={way === active ? 0 : -1}
          aria-owns={open ? `field${way}` : undefined}
          aria-expanded={one.children.length === 0 ? undefined : open}
          aria-level={depth}
          aria-posinset={place}
          aria-setsize={of}
          aria-selected={isLit}
          class={isWrong(one) ? "field wrong" : "field"}
          onKeyDown={(event) => onKeyDown(event, one, way, open)}
          onFocus={() => onPoint(one)}
          onMouseEnter={() => onPoint(one)}
          onClick={() => {
            setActive(way);
            if (one.children.length > 0) toggle(way);
            else onPick(one);
          }}
        >
          <span class="field-mark" aria-hidden="true">
            {one.children.length === 0 ? "" : open ? "▾" : "▸"}
          </span>
          <span class="field-name">{one.name}</span> <span class="field-value">{one.value}</span>
          {differs && twin !== undefined && one.children.length === 0 && (
            <span class="field-other"> {twin.value}</span>
          )}
          {differs && other !== undefined && twin === undefined && (
            <span class="field-other"> not there</span>
          )}
        </div>
        {open && (
          <ul id={`field${way}`} role="group">
            {one.children.map((child, i) =>
              draw(child, `${way}/${i}`, `${path}/${child.name}`, depth + 1, i + 1, one.children.length),
            )}
          </ul>
        )}
      </li>
    );
  }

  return (
    <ul ref={tree} class="fields" role="tree" aria-label={label} onMouseLeave={() => onPoint(undefined)}>
      {field.children.map((child, i) =>
        draw(child, `/${i}`, `/${child.name}`, 1, i + 1, field.children.length),
      )}
    </ul>
  );
}

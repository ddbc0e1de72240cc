import { computed, signal } from "@preact/signals";
import { addressOf, type PageState } from "../address.ts";
import { type GalleryEntry, gallery, stateOf } from "../gallery.ts";
import { address } from "./state.ts";

const open = signal(false);

/** The scenario and the changes alone: it is the same failure, whichever message is looked at. */
function runText(state: PageState): string {
  return addressOf({ ...state, selected: undefined, compared: undefined });
}

const byAddress: ReadonlyMap<string, GalleryEntry> = new Map(
  gallery.map((entry) => [runText(stateOf(entry)), entry]),
);

/** The famous failure that is shown, if one is. */
export const currentFailure = computed<GalleryEntry | undefined>(() => byAddress.get(runText(address.value)));

export function GalleryButton() {
  return (
    <button
      type="button"
      aria-expanded={open.value}
      aria-controls="gallery"
      onClick={() => {
        open.value = !open.value;
      }}
    >
      Famous failures
    </button>
  );
}

/** Each is a link of its own, which a forum can hold as well. */
export function Gallery() {
  if (!open.value) return <div id="gallery" hidden />;
  return (
    <nav id="gallery" class="gallery" aria-label="Famous failures">
      <ul>
        {gallery.map((entry) => (
          <li key={entry.id}>
            <a
              href={`#${entry.address}`}
              aria-current={currentFailure.value === entry ? "true" : undefined}
              onClick={() => {
                open.value = false;
              }}
            >
              {entry.title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** What happened, and where to go from there. */
export function Story({ entry }: { readonly entry: GalleryEntry }) {
  const place = gallery.indexOf(entry);
  const [before, after] = [gallery[place - 1], gallery[place + 1]];
  return (
    <>
      <h2 class="story-title">{entry.title}</h2>
      <p class="story">
        {entry.history.split("`").map((part, i) => (i % 2 === 0 ? part : <code key={i}>{part}</code>))}
      </p>
      <p class="story-others">
        {before !== undefined && <a href={`#${before.address}`}>← {before.title}</a>}
        {after !== undefined && <a href={`#${after.address}`}>{after.title} →</a>}
      </p>
    </>
  );
}

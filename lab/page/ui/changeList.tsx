import { changeInWords } from "./changeWords.ts";
import { address, go } from "./state.ts";

/** What was done to this run, each with a way to take it back. */
export function ChangeList() {
  const { changes } = address.value;
  if (changes.length === 0) return null;
  const keep = (kept: typeof changes): void => {
    go({ ...address.value, changes: kept, selected: undefined });
  };
  return (
    <div class="changes" role="group" aria-label="Changes">
      <span class="label">Changed</span>
      <ol>
        {changes.map((one, i) => (
          <li key={`${i} ${changeInWords(one)}`}>
            {changeInWords(one)}
            <button
              type="button"
              aria-label={`Take back: ${changeInWords(one)}`}
              onClick={() => keep(changes.filter((_, j) => j !== i))}
            >
              ×
            </button>
          </li>
        ))}
      </ol>
      <button type="button" onClick={() => keep(changes.slice(0, -1))}>
        Undo
      </button>
      {changes.length > 1 && (
        <button type="button" onClick={() => keep([])}>
          Undo all
        </button>
      )}
    </div>
  );
}

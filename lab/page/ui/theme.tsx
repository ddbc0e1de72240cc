import { signal } from "@preact/signals";

const schemes = ["auto", "light", "dark"] as const;
type Scheme = (typeof schemes)[number];

const key = "scheme";
const scheme = signal<Scheme>(kept());
apply(scheme.value);

export function ThemeSwitch() {
  return (
    <fieldset class="switch">
      <legend class="unseen">Colours</legend>
      {schemes.map((one) => (
        <label key={one}>
          <input
            type="radio"
            name="scheme"
            checked={scheme.value === one}
            onChange={() => {
              scheme.value = one;
              apply(one);
              keep(one);
            }}
          />
          <span>{one}</span>
        </label>
      ))}
    </fieldset>
  );
}

function apply(one: Scheme): void {
  if (one === "auto") delete document.documentElement.dataset["scheme"];
  else document.documentElement.dataset["scheme"] = one;
}

function kept(): Scheme {
  try {
    const text = localStorage.getItem(key);
    return schemes.find((one) => one === text) ?? "auto";
  } catch {
    // A page from a file may have no storage.
    return "auto";
  }
}

function keep(one: Scheme): void {
  try {
    localStorage.setItem(key, one);
  } catch {
    // It lasts as long as the page, then.
  }
}

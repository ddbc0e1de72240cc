import { computed, signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { type BrokenRules, brokenRules } from "../brokenRules.ts";
import type { Rule, SourceLine } from "../ruleBook.ts";
import { address, selectedMessage, shown } from "./state.ts";
import { fieldsAround } from "./steps.ts";

type RuleBook = typeof import("../ruleBook.ts");

/** The rules' words are needed a little later than the first view. */
const book = signal<RuleBook | undefined>(undefined);

export function loadRules(): void {
  import("../ruleBook.ts").then(
    (loaded) => {
      book.value = loaded;
    },
    // Without their words rules are shown by their numbers.
    () => {},
  );
}

/** Of the run that is shown. */
export const verdictRules = computed<BrokenRules>(() =>
  shown.value === undefined ? { broken: [], certain: true, others: [] } : brokenRules(shown.value),
);

const shownAtFirst = 5;

/** What RFC 9846 asks of the selected message; what was broken in it, and what is about the byte that was picked, come first. */
export function MessageRules() {
  const [all, setAll] = useState(false);
  const [message, run] = [selectedMessage.value, shown.value];
  if (message === undefined || run === undefined || book.value === undefined) return null;
  const stopsHere = run.end.kind === "failed" && run.steps[run.end.step] === message;
  const broken = stopsHere ? verdictRules.value.broken : [];
  const offset = address.value.selected?.offset;
  const about = new Set(
    offset === undefined
      ? []
      : fieldsAround(message.fields, offset).map(({ name }) => name.replaceAll("_", " ")),
  );
  const rank = ({ id, topic }: Rule): number =>
    broken.includes(id) ? 0 : about.has(topic.replaceAll("_", " ")) ? 1 : 2;

  const rules = [...book.value.rulesFor(message.name, message.from)];
  for (const id of broken) {
    const rule = book.value.ruleOf(id);
    if (rule !== undefined && !rules.some((one) => one.id === id)) rules.push(rule);
  }
  rules.sort((one, other) => rank(one) - rank(other));
  const mark = verdictRules.value.certain ? "broken" : "this or another was broken";
  const few = all ? rules : rules.slice(0, Math.max(shownAtFirst, broken.length));
  return (
    <aside class="message-rules" aria-labelledby="rules">
      <h2 id="rules" class="label">
        What RFC 9846 asks of it
      </h2>
      <ul class="rules">
        {few.map((rule) => (
          <li key={rule.id} data-broken={broken.includes(rule.id) ? "" : undefined}>
            <RuleBody rule={rule} mark={broken.includes(rule.id) ? mark : undefined} />
          </li>
        ))}
      </ul>
      {rules.length > shownAtFirst && (
        <button type="button" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${rules.length}`}
        </button>
      )}
    </aside>
  );
}

/** A rule by its number, in its words once they are there. */
export function RuleText({ id }: { readonly id: string }) {
  const rule = book.value?.ruleOf(id);
  return rule === undefined ? <span class="rule-id">{id}</span> : <RuleBody rule={rule} mark={undefined} />;
}

/** The words of a rule, for a line of prose. */
export function ruleWords(id: string): string | undefined {
  return book.value?.ruleOf(id)?.text;
}

function RuleBody({ rule, mark }: { readonly rule: Rule; readonly mark: string | undefined }) {
  return (
    <>
      <p class="rule-head">
        {mark !== undefined && <b class="wrong">{mark}: </b>}
        <a class="rule-id" href={sectionUrl(rule.section)} title={rule.sectionTitle}>
          §{rule.id}
        </a>{" "}
        <span class="label">{rule.level === "text" ? "stated" : rule.level}</span>
      </p>
      <p class="rule-text">{rule.text}</p>
      {(rule.alert !== undefined || rule.source.length > 0) && (
        <p class="rule-more">
          {rule.alert !== undefined && (
            <>
              alert <code>{rule.alert}</code>
            </>
          )}
          {rule.alert !== undefined && rule.source.length > 0 && " · "}
          {rule.source.slice(0, 2).map((place, i) => (
            <span key={`${place.file} ${place.line}`}>
              {i > 0 ? ", " : ""}
              <a href={sourceUrl(place)}>
                {place.file.split("/").at(-1)}:{place.line}
              </a>
            </span>
          ))}
        </p>
      )}
    </>
  );
}

/** Rules of other RFCs are numbered with their name. */
function sectionUrl(section: string): string {
  const [, rfc = "9846", at = section] = /^RFC (\d+) §(.+)$/.exec(section) ?? [];
  return `https://www.rfc-editor.org/rfc/rfc${rfc}#${/^\d/.test(at) ? "section" : "appendix"}-${at}`;
}

/** The sources go out with the page, as scripts/build-page.mjs writes them. */
function sourceUrl({ file, line }: SourceLine): string {
  return `source/${file}.html#L${line}`;
}

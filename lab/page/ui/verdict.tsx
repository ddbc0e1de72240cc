import type { Run } from "../run.ts";
import { RuleText, ruleWords, verdictRules } from "./rules.tsx";
import { snippet } from "./snippet.ts";
import { address, isOurs, shown } from "./state.ts";

type Failed = Extract<Run["end"], { kind: "failed" }>;

/** How it ended, in a line that stands at the top. */
export function VerdictLine() {
  const end = shown.value?.end;
  if (end === undefined) return null;
  switch (end.kind) {
    case "opened":
      return (
        <p class="verdict-line good" role="status">
          <b>Open.</b> The client believed every message.
        </p>
      );
    case "failed":
      return <FailureLine end={end} />;
    case "unfinished":
      return (
        <p class="verdict-line" role="status">
          <b>Unfinished.</b> Neither side said anything more.
        </p>
      );
  }
}

function FailureLine({ end: { message, alert, code } }: { readonly end: Failed }) {
  const { broken, certain } = verdictRules.value;
  const [first] = broken;
  const words = first === undefined ? undefined : ruleWords(first);
  return (
    <div class="verdict-line bad" role="status">
      <p>
        <b>Refused.</b> {firstUpper(message)}.
      </p>
      {!certain && broken.length > 0 && (
        <p class="verdict-rule">
          One of <span class="rule-id">{broken.map((id) => `§${id}`).join(", ")}</span> was broken.
        </p>
      )}
      {certain && words !== undefined && (
        <p class="verdict-rule">
          <span class="rule-id">§{first}</span> {words}
        </p>
      )}
      <p class="verdict-facts">
        <span>
          error <code>{code}</code>
        </span>
        {alert !== undefined && (
          <span>
            alert <code class="alert-name">{alert.name}</code> {alert.direction}
          </span>
        )}
        {alert === undefined && <span>no alert</span>}
      </p>
    </div>
  );
}

/** How it ended, with the rule, the alert, and what a program would be told. */
export function Verdict() {
  const run = shown.value;
  if (run === undefined) return null;
  return (
    <section class="verdict" aria-labelledby="verdict">
      <h2 id="verdict">{run.end.kind === "failed" ? "Why the client stopped" : "What was agreed"}</h2>
      <div class="verdict-parts">
        {run.end.kind === "failed" ? <Failure end={run.end} /> : <Agreed run={run} />}
        <div>
          <h3>In your program</h3>
          <pre class="code">{snippet(isOurs.value ? address.value.scenario : undefined, run)}</pre>
        </div>
      </div>
    </section>
  );
}

function Failure({ end }: { readonly end: Failed }) {
  const { code, message, alert, rules } = end;
  const { broken, certain, others } = verdictRules.value;
  const head = broken.length === 1 ? "The rule that was broken" : "The rules that were broken";
  const rest = broken.length === 0 ? "What this error stands for elsewhere" : "This error also stands for";
  return (
    <div>
      <RuleList head={certain ? head : "One of these rules was broken"} ids={broken} />
      <RuleList head={rest} ids={others} />
      <h3>On the wire</h3>
      <p>
        {alert === undefined ? (
          "No alert: there was nobody left to tell."
        ) : (
          <>
            alert <code class="alert-name">{alert.name}</code>, {alert.direction} by the client
          </>
        )}
      </p>
      <h3>As a program gets it</h3>
      <pre class="code error">
        {`TlsError: ${message}\n  code: ${JSON.stringify(code)}`}
        {alert === undefined ? "" : `\n  alert: { name: "${alert.name}", direction: "${alert.direction}" }`}
        {`\n  rules: ${JSON.stringify(rules)}`}
      </pre>
    </div>
  );
}

function RuleList({ head, ids }: { readonly head: string; readonly ids: readonly string[] }) {
  if (ids.length === 0) return null;
  return (
    <>
      <h3>{head}</h3>
      <ul class="rules">
        {ids.map((id) => (
          <li key={id}>
            <RuleText id={id} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Agreed({ run }: { readonly run: Run }) {
  return (
    <dl class="agreed">
      {run.agreed.map(({ name, value }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function firstUpper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, "");
}

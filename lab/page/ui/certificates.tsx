import { useEffect, useState } from "preact/hooks";
import type { CertificateDescription } from "../../../src/x509/describe.ts";
import type { RunPath } from "../run.ts";
import { loadEngine } from "./loadEngine.ts";
import { shown } from "./state.ts";
import type { StepOf } from "./steps.ts";

/** The chain that the server showed, and all that was looked at before it was believed. */
export function Certificates() {
  const run = shown.value;
  const [chain, setChain] = useState<readonly (CertificateDescription | string)[]>([]);
  const shownChain = run?.certificates ?? [];
  useEffect(() => {
    let current = true;
    loadEngine()
      .then(({ describeChain }) => {
        if (current) setChain(describeChain(shownChain));
      })
      .catch(() => {});
    return () => {
      current = false;
    };
  }, [run]);
  if (run === undefined) return null;

  const paths = run.paths ?? [];
  const checks = run.steps.filter((step): step is StepOf<"verification"> => step.kind === "verification");
  return (
    <section class="certificates" aria-labelledby="certificates">
      <h2 id="certificates">Who the server is</h2>
      {shownChain.length === 0 && (
        <p class="says">
          The server showed no certificate:{" "}
          {run.end.kind === "failed"
            ? "it did not come to that"
            : "a key that both sides had before vouches for it"}
          .
        </p>
      )}
      <ol class="chain">
        {chain.map((one, i) => (
          <li key={i}>
            {typeof one === "string" ? (
              <p class="wrong">can’t be read: {one}</p>
            ) : (
              <>
                <h3>{one.subject}</h3>
                <dl>
                  <dt>issued by</dt>
                  <dd>{one.issuer}</dd>
                  <dt>valid</dt>
                  <dd>
                    {day(one.notBefore)} to {day(one.notAfter)}
                  </dd>
                  {one.subjectAltNames.length > 0 && (
                    <>
                      <dt>names</dt>
                      <dd>{one.subjectAltNames.join(", ")}</dd>
                    </>
                  )}
                  <dt>key</dt>
                  <dd>{one.publicKey}</dd>
                  <dt>signed with</dt>
                  <dd>{one.signatureAlgorithm}</dd>
                </dl>
              </>
            )}
          </li>
        ))}
      </ol>
      {checks.length === 0 && shownChain.length > 0 && (
        <p class="says">The client stopped before it looked at them.</p>
      )}
      {paths.length > 0 && <Paths paths={paths} />}
      {checks.length > 0 && (
        <details open={checks.some(({ outcome }) => outcome === "failed")}>
          <summary>Every look that was taken, in its order ({checks.length})</summary>
          <table class="checks">
            <thead class="unseen">
              <tr>
                <th scope="col">Outcome</th>
                <th scope="col">Rule</th>
                <th scope="col">Certificate</th>
                <th scope="col">What was found</th>
              </tr>
            </thead>
            <tbody>
              {checks.map(({ check, subject, outcome, detail }, i) => (
                <tr key={i} class={outcome}>
                  <td>
                    {outcome === "passed" ? (
                      <Mark sign="✓" words="passed" />
                    ) : (
                      <Mark sign="✗" words="failed" />
                    )}
                  </td>
                  <th scope="row">{check}</th>
                  <td>{subject}</td>
                  <td>{detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </section>
  );
}

function Paths({ paths }: { readonly paths: readonly RunPath[] }) {
  return (
    <div class="paths">
      <h3>
        {paths.length === 1 ? "The one path that was tried" : `The ${paths.length} paths that were tried`}
      </h3>
      <ol>
        {paths.map(({ subjects, trustedEnd, outcome, rule, why }, i) => (
          <li key={i} class={outcome}>
            <ol class="path">
              {subjects.map((subject, j) => (
                <li key={j} class={trustedEnd && j === subjects.length - 1 ? "anchor" : undefined}>
                  {subject}
                  {trustedEnd && j === subjects.length - 1 ? ", trusted" : ""}
                </li>
              ))}
            </ol>
            <p>
              {outcome === "held" ? (
                <>
                  <Mark sign="✓" words="held:" /> every signature, name and date on it is in order
                </>
              ) : (
                <>
                  <Mark sign="✗" words="refused:" /> <code>{rule}</code>: {why}
                </>
              )}
            </p>
          </li>
        ))}
      </ol>
    </div>
  );
}

function Mark({ sign, words }: { readonly sign: string; readonly words: string }) {
  return (
    <>
      <span aria-hidden="true">{sign}</span>
      <span class="unseen">{words}</span>
    </>
  );
}

function day(time: string): string {
  return time.slice(0, 10);
}

import { render } from "preact";
import { useState } from "preact/hooks";
import { CapturePanel } from "../../../../lab/page/capture/CapturePanel.tsx";
import type { Run } from "../../../../lab/page/run.ts";

/** The panel by itself, with the run that it gave last. */
function Page() {
  const [run, setRun] = useState<Run | undefined>(undefined);
  return (
    <main>
      <h1>Captures</h1>
      <CapturePanel run={run} onRun={setRun} />
      <output>
        {run === undefined ? "nothing" : `${run.title}: ${run.steps.length} steps, ${run.end.kind}`}
      </output>
    </main>
  );
}

render(<Page />, document.body);

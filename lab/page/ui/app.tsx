import { scenarios } from "../scenarios.ts";
import { Certificates } from "./certificates.tsx";
import { ChangeList } from "./changeList.tsx";
import { CompareChooser } from "./compareChooser.tsx";
import { currentFailure, Gallery, GalleryButton, Story } from "./gallery.tsx";
import { KeySchedule } from "./keySchedule.tsx";
import { Masthead } from "./masthead.tsx";
import { MessagePanel } from "./messagePanel.tsx";
import { MessageRules } from "./rules.tsx";
import { ScenarioTabs } from "./scenarioTabs.tsx";
import { address, complaint, shown } from "./state.ts";
import { Timeline } from "./timeline.tsx";
import { Verdict, VerdictLine } from "./verdict.tsx";

export function App() {
  const { scenario, compared } = address.value;
  const failure = currentFailure.value;
  return (
    <>
      <Masthead />
      <nav aria-label="Scenarios">
        <ScenarioTabs />
      </nav>
      <main>
        <div id="run" class="run" role="tabpanel" aria-labelledby={`tab-${scenario}`}>
          <div class="intro">
            <div class="intro-words">
              {failure === undefined ? (
                <p class="summary">{scenarios[scenario].summary}</p>
              ) : (
                <Story entry={failure} />
              )}
            </div>
            <div class="intro-tools">
              <GalleryButton />
              <CompareChooser />
            </div>
          </div>
          <Gallery />
          {complaint.value !== undefined && (
            <p class="complaint" role="alert">
              {complaint.value}
            </p>
          )}
          <VerdictLine />
          <ChangeList />
          {shown.value === undefined && complaint.value === undefined && (
            <p class="waiting" role="status">
              Client and server are meeting…
            </p>
          )}
          <div class="workbench" data-pair={compared === undefined ? undefined : ""}>
            <Timeline />
            <MessagePanel />
            <MessageRules />
          </div>
          <Verdict />
          <KeySchedule />
          <Certificates />
        </div>
      </main>
      <footer>
        <p>Nothing leaves this page: both sides run in it, on this machine.</p>
      </footer>
    </>
  );
}

import { scenarios } from "../scenarios.ts";
import { Certificates } from "./certificates.tsx";
import { ChangeList } from "./changeList.tsx";
import { CompareChooser } from "./compareChooser.tsx";
import { currentFailure, Gallery, GalleryButton, Story } from "./gallery.tsx";
import { KeySchedule } from "./keySchedule.tsx";
import { Masthead } from "./masthead.tsx";
import { MessagePanel } from "./messagePanel.tsx";
import { PanelView, panels } from "./panels.tsx";
import { MessageRules } from "./rules.tsx";
import { ScenarioTabs } from "./scenarioTabs.tsx";
import { address, compared, complaint, isOurs, painted, panelId, shown } from "./state.ts";
import { Timeline } from "./timeline.tsx";
import { Verdict, VerdictLine } from "./verdict.tsx";

export function App() {
  const { scenario } = address.value;
  const panel = panels.find(({ id }) => id === panelId.value);
  const failure = panel === undefined ? currentFailure.value : undefined;
  return (
    <>
      <Masthead />
      <nav aria-label="Scenarios">
        <ScenarioTabs />
      </nav>
      <main>
        <div id="run" class="run" role="tabpanel" aria-labelledby={`tab-${panel?.id ?? scenario}`}>
          <div class="intro">
            <div class="intro-words">
              {failure === undefined ? (
                <p class="summary">{panel?.summary ?? scenarios[scenario].summary}</p>
              ) : (
                <Story entry={failure} />
              )}
            </div>
            {panel === undefined && (
              <div class="intro-tools">
                <GalleryButton />
                <CompareChooser />
              </div>
            )}
          </div>
          {panel !== undefined && (
            <div class="panel">
              <PanelView panel={panel} />
            </div>
          )}
          {panel === undefined && <Gallery />}
          {complaint.value !== undefined && (
            <p class="complaint" role="alert">
              {complaint.value}
            </p>
          )}
          <VerdictLine />
          {isOurs.value && <ChangeList />}
          {panel === undefined && shown.value === undefined && complaint.value === undefined && (
            <p class="waiting" role="status">
              Client and server are meeting…
            </p>
          )}
          <div class="workbench" data-pair={compared.value === undefined ? undefined : ""}>
            <Timeline />
            <MessagePanel />
            <MessageRules />
          </div>
          {painted.value && (
            <>
              <Verdict />
              <KeySchedule />
              <Certificates />
            </>
          )}
        </div>
      </main>
      <footer>
        <p>
          {panel?.id === "live"
            ? "What you send here goes to the server that you name, encrypted in this page."
            : "Nothing leaves this page: both sides run in it, on this machine."}
        </p>
      </footer>
    </>
  );
}

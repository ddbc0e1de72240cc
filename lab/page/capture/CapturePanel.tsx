import { useId, useState } from "preact/hooks";
import { defaultProvider } from "../../../src/crypto/provider/web.ts";
import type { Run } from "../run.ts";
import { CaptureError } from "./captureError.ts";
import { captureToRun } from "./captureToRun.ts";
import type { Conversation } from "./conversations.ts";
import { type OpenedFile, openFile } from "./openFiles.ts";
import { runToPcapng, trafficSecrets } from "./runToPcapng.ts";

interface CapturePanelProps {
  /** The run that is shown, which can be saved. */
  readonly run: Run | undefined;
  /** Called with what was opened. */
  readonly onRun: (run: Run) => void;
}

/** Opens captures, key logs and traces, and saves the run that is shown. Nothing of it leaves the page but by the save button. */
export function CapturePanel({ run, onRun }: CapturePanelProps) {
  const heading = useId();
  return (
    <section class="capture" aria-labelledby={heading}>
      <h2 id={heading} class="unseen">
        Captures and traces
      </h2>
      <OpenPart onRun={onRun} />
      <SavePart run={run} />
    </section>
  );
}

interface Opened {
  readonly source: Exclude<OpenedFile, { kind: "key log" }> | undefined;
  readonly keyLogs: readonly Extract<OpenedFile, { kind: "key log" }>[];
}

interface Said {
  readonly notes: readonly string[];
  readonly errors: readonly string[];
}

const silent: Said = { notes: [], errors: [] };

function OpenPart({ onRun }: Pick<CapturePanelProps, "onRun">) {
  const [opened, setOpened] = useState<Opened>({ source: undefined, keyLogs: [] });
  const [chosen, setChosen] = useState(0);
  const [said, setSaid] = useState<Said>(silent);
  const [over, setOver] = useState(false);
  const help = useId();

  const show = async ({ source, keyLogs }: Opened, index: number, errors: readonly string[] = []) => {
    setChosen(index);
    if (source === undefined) return setSaid({ notes: [], errors });
    if (source.kind === "trace") {
      onRun(source.runs[index] as Run);
      return setSaid({ notes: [traceNote], errors });
    }
    const { conversations, keyLogs: within, notes } = source.capture;
    const logs = [...within, ...keyLogs.map(({ text }) => text)];
    try {
      const read = await captureToRun(conversations[index] as Conversation, logs, defaultProvider);
      onRun(read.run);
      setSaid({ notes: [...notes, ...read.notes], errors });
    } catch (error) {
      setSaid({ notes, errors: [...errors, wordsFor(source.name, error)] });
    }
  };

  const open = async (list: FileList | null | undefined) => {
    const errors: string[] = [];
    let next = opened;
    let isNew = false;
    for (const file of list ?? []) {
      try {
        const one = openFile(file.name, new Uint8Array(await file.arrayBuffer()));
        if (one.kind === "key log") next = { ...next, keyLogs: [...next.keyLogs, one] };
        else {
          next = { ...next, source: one };
          isNew = true;
        }
      } catch (error) {
        errors.push(wordsFor(file.name, error));
      }
    }
    setOpened(next);
    await show(next, isNew ? 0 : chosen, errors);
  };

  const { source, keyLogs } = opened;
  return (
    <div class="capture-open">
      <h3>Open</h3>
      <fieldset
        class={over ? "capture-drop over" : "capture-drop"}
        aria-describedby={help}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void open(event.dataTransfer?.files);
        }}
      >
        <legend class="unseen">Files to open</legend>
        <label>
          <span class="label">A capture, a trace, or a key log beside a capture</span>
          <input
            type="file"
            multiple
            onChange={(event) => {
              const input = event.currentTarget;
              void open(input.files).then(() => {
                // The same file may be opened again, once it has changed.
                input.value = "";
              });
            }}
          />
        </label>
        <p id={help} class="dim">
          pcapng or pcap; what <code>tls13 connect --json</code> wrote; lines of <code>SSLKEYLOGFILE</code>.
          Or drop them here. They are read in this page and go nowhere else.
        </p>
      </fieldset>
      {source !== undefined && (
        <Chooser source={source} chosen={chosen} onChoose={(index) => void show(opened, index)} />
      )}
      {keyLogs.length > 0 && (
        <p class="capture-logs">
          Key logs:{" "}
          {keyLogs
            .map(({ name, connections }) => `${name} (${counted(connections, "connection")})`)
            .join(", ")}{" "}
          <button
            type="button"
            onClick={() => {
              const without = { ...opened, keyLogs: [] };
              setOpened(without);
              void show(without, chosen);
            }}
          >
            Forget them
          </button>
        </p>
      )}
      <div role="status" aria-live="polite">
        {said.errors.map((text) => (
          <p key={text} class="wrong">
            {text}
          </p>
        ))}
        {said.notes.length > 0 && (
          <ul class="capture-notes">
            {said.notes.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        )}
      </div>
    </div>
  );
}

const traceNote =
  "A trace has the messages and what the client made of them; records, data and secrets are not in it.";

interface ChooserProps {
  readonly source: Exclude<OpenedFile, { kind: "key log" }>;
  readonly chosen: number;
  readonly onChoose: (index: number) => void;
}

function Chooser({ source, chosen, onChoose }: ChooserProps) {
  const choices =
    source.kind === "trace"
      ? source.runs.map(({ title, steps }) => `${title} · ${counted(steps.length, "step")}`)
      : source.capture.conversations.map(
          ({ client, server, serverName, length }) =>
            `${client} → ${server}${serverName === undefined ? "" : ` · ${serverName}`} · ${counted(length, "byte")}`,
        );
  return (
    <label class="capture-choice">
      <span>
        <span class="label">Connection in</span> {source.name}
      </span>
      <select value={chosen} onChange={(event) => onChoose(Number(event.currentTarget.value))}>
        {choices.map((words, index) => (
          <option key={index} value={index}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function SavePart({ run }: Pick<CapturePanelProps, "run">) {
  const [secrets, setSecrets] = useState(false);
  const warning = useId();
  const hasRecords = run !== undefined && run.records.length > 0;
  const hasSecrets = run !== undefined && trafficSecrets(run) !== "";
  return (
    <div class="capture-save">
      <h3>Save</h3>
      <label class="capture-secrets">
        <input
          type="checkbox"
          checked={secrets && hasSecrets}
          disabled={!hasSecrets}
          aria-describedby={warning}
          onChange={(event) => setSecrets(event.currentTarget.checked)}
        />{" "}
        with the secrets
      </label>
      <p id={warning} class={secrets && hasSecrets ? "wrong" : "dim"}>
        {secretsWords(hasSecrets, secrets)}
      </p>
      <button
        type="button"
        disabled={!hasRecords}
        onClick={() => {
          if (run !== undefined) save(run, secrets && hasSecrets);
        }}
      >
        Save as pcapng
      </button>
      {!hasRecords && <p class="dim">There are no records to save: this run did not see them.</p>}
    </div>
  );
}

function secretsWords(hasSecrets: boolean, chosen: boolean): string {
  if (!hasSecrets) return "No secret of this run is known, so the file will hold only what crossed the wire.";
  if (!chosen)
    return "Without them the file holds only what crossed the wire: the hellos can be read, and nothing else.";
  return (
    "Whoever gets this file can read everything that was said in this connection: the certificates, and all data in both " +
    "directions, with whatever passwords and cookies are in it. What was said in other connections stays closed to them."
  );
}

function save(run: Run, secrets: boolean): void {
  const bytes = runToPcapng(run, { secrets });
  const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${run.title.replace(/[^\w.-]+/g, "-").replace(/^-+|-+$/g, "") || "run"}.pcapng`;
  link.click();
  // The download has its own hold of the bytes by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function wordsFor(name: string, error: unknown): string {
  if (error instanceof CaptureError) return `${name}: ${error.message} (${error.code})`;
  return `${name}: it could not be read. ${error instanceof Error ? error.message : ""}`;
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString("en")} ${what}${count === 1 ? "" : "s"}`;
}

import { useEffect, useRef, useState } from "preact/hooks";
import type { Run } from "../run.ts";
import type { LiveProtocol } from "./liveTarget.ts";
import { loadOffer, type OfferedTarget } from "./offer.ts";
import type { Query, QueryAnswer } from "./queryLive.ts";

/** How a database is asked that nobody has said anything of. */
const anyLogin = { user: "", password: "", database: "postgres" };

const protocols: Readonly<Record<LiveProtocol, string>> = {
  https: "HTTPS",
  smtp: "SMTP with STARTTLS",
  imap: "IMAP with STARTTLS",
  postgresql: "PostgreSQL",
};

type Outcome =
  | { readonly kind: "none" }
  | { readonly kind: "running"; readonly stop: () => void }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "connected"; readonly words: string }
  | { readonly kind: "answered"; readonly answer: QueryAnswer };

/** Rows of an answer that are shown. */
const maxRows = 200;

/** Connects to a real server through a relay, and asks a PostgreSQL; what happened goes to the page's timeline. */
export function LivePanel({ relay, onRun }: { relay: string | undefined; onRun(run: Run): void }) {
  const [way, setWay] = useState({ relay: relay ?? "", target: "", roots: "" });
  const [protocol, setProtocol] = useState<LiveProtocol>("https");
  const [login, setLogin] = useState(anyLogin);
  const [sql, setSql] = useState("select version()");
  const [offered, setOffered] = useState<readonly OfferedTarget[]>([]);
  const [outcome, setOutcome] = useState<Outcome>({ kind: "none" });
  const stop = useRef<() => void>(() => {});

  const choose = (one: OfferedTarget): void => {
    setWay((before) => ({ ...before, target: one.target, roots: one.roots ?? "" }));
    setProtocol(one.protocol);
    setLogin(one.login ?? anyLogin);
    if (one.sql !== undefined) setSql(one.sql);
  };
  useEffect(() => {
    void loadOffer().then((offer) => {
      if (offer === undefined) return;
      setWay((before) => ({ ...before, relay: before.relay || offer.relay }));
      setOffered(offer.targets);
      const [first] = offer.targets;
      if (first !== undefined) choose(first);
    });
    return () => stop.current();
  }, []);

  const isDatabase = protocol === "postgresql";
  const go = async (event: Event): Promise<void> => {
    event.preventDefault();
    const calling = new AbortController();
    stop.current = () => calling.abort();
    setOutcome({ kind: "running", stop: stop.current });
    const there = { ...way, roots: way.roots.trim() === "" ? undefined : [way.roots] };
    try {
      setOutcome(
        isDatabase
          ? await ask({ ...there, ...login, sql }, onRun, calling.signal)
          : await connect({ ...there, protocol }, onRun, calling.signal),
      );
    } catch (error) {
      const { code, message } = error as { code?: string; message: string };
      setOutcome({ kind: "failed", code: code ?? "failed", message });
    }
  };
  const field = (name: string, value: string, set: (value: string) => void, more: object = {}) => (
    <label>
      <span class="label">{name}</span>
      <input value={value} onInput={({ currentTarget }) => set(currentTarget.value)} {...more} />
    </label>
  );
  const isRunning = outcome.kind === "running";
  return (
    <section class="live" aria-labelledby="live-title">
      <h2 id="live-title" class="unseen">
        Real connections
      </h2>
      <p class="says">
        A page can't open TCP connections, so a relay carries the bytes. TLS is this page's own: keys,
        passwords and what is asked stay here, and the relay sees ciphertext. It leads only to targets that
        whoever runs it has listed.
      </p>
      <form onSubmit={(event) => void go(event)}>
        {offered.length > 0 && (
          <fieldset class="live-offered">
            <legend class="label">Beside this page</legend>
            {offered.map((one) => (
              <button
                type="button"
                key={one.target}
                aria-pressed={one.target === way.target}
                onClick={() => choose(one)}
              >
                {protocols[one.protocol]} <code>{one.target}</code>
              </button>
            ))}
          </fieldset>
        )}
        <div class="live-fields">
          {field("Relay", way.relay, (value) => setWay({ ...way, relay: value }), {
            placeholder: "ws://127.0.0.1:8081",
            required: true,
            spellcheck: false,
          })}
          {field("Target", way.target, (value) => setWay({ ...way, target: value }), {
            placeholder: "www.example.com:443",
            required: true,
            spellcheck: false,
          })}
          <label>
            <span class="label">Protocol</span>
            <select
              value={protocol}
              onChange={({ currentTarget }) => setProtocol(currentTarget.value as LiveProtocol)}
            >
              {Object.entries(protocols).map(([name, words]) => (
                <option key={name} value={name}>
                  {words}
                </option>
              ))}
            </select>
          </label>
          {isDatabase && (
            <>
              {field("User", login.user, (user) => setLogin({ ...login, user }), { autocomplete: "off" })}
              {field("Password", login.password, (password) => setLogin({ ...login, password }), {
                type: "password",
                autocomplete: "off",
              })}
              {field("Database", login.database, (database) => setLogin({ ...login, database }))}
            </>
          )}
        </div>
        {isDatabase && (
          <label>
            <span class="label">SQL</span>
            <textarea
              class="code"
              rows={3}
              spellcheck={false}
              value={sql}
              onInput={({ currentTarget }) => setSql(currentTarget.value)}
            />
          </label>
        )}
        <details>
          <summary>
            Whom to believe: {way.roots.trim() === "" ? "Mozilla's roots" : "roots of your own"}
          </summary>
          <label>
            <span class="label">Roots, PEM; none for Mozilla's</span>
            <textarea
              class="code"
              rows={4}
              spellcheck={false}
              value={way.roots}
              onInput={({ currentTarget }) => setWay({ ...way, roots: currentTarget.value })}
            />
          </label>
        </details>
        <div class="live-go">
          <button type="submit" class="primary" disabled={isRunning}>
            {isDatabase ? "Ask" : "Connect"}
          </button>
          {isRunning && (
            <button type="button" onClick={() => outcome.stop()}>
              Stop
            </button>
          )}
        </div>
      </form>
      <div aria-live="polite">
        <Shown outcome={outcome} />
      </div>
    </section>
  );
}

function Shown({ outcome }: { outcome: Outcome }) {
  switch (outcome.kind) {
    case "none":
      return null;
    case "running":
      return <p class="dim">On the way…</p>;
    case "connected":
      return <p>{outcome.words}</p>;
    case "failed":
      return <Failed code={outcome.code} message={outcome.message} />;
    case "answered": {
      const { mechanism, failure, table } = outcome.answer;
      return (
        <>
          {mechanism !== undefined && (
            <p class="dim">
              Logged in with <code>{mechanism}</code>
              {mechanism.endsWith("-PLUS") && ", bound to the certificate of this very connection"}
            </p>
          )}
          {failure !== undefined && <Failed {...failure} />}
          {table !== undefined && <Table {...table} />}
        </>
      );
    }
  }
}

function Failed({ code, message }: { code: string; message: string }) {
  return (
    <p class="live-failed" role="alert">
      <code>{code}</code> {message}
    </p>
  );
}

function Table({ columns, rows }: NonNullable<QueryAnswer["table"]>) {
  const named = columns.map((name, index) => ({ name, id: `${index} ${name}`, index }));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled has to be reached by keyboard
    <section class="live-table" aria-label="Answer" tabIndex={0}>
      <table>
        <thead>
          <tr>
            {named.map(({ id, name }) => (
              <th scope="col" key={id}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, maxRows).map((row, number) => (
            <tr key={number}>
              {named.map(({ id, index }) => (
                <td key={id}>{row[index] ?? <span class="dim">null</span>}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="dim">
        {rows.length} {rows.length === 1 ? "row" : "rows"}
        {rows.length > maxRows && `, the first ${maxRows} shown`}
      </p>
    </section>
  );
}

async function connect(
  options: Parameters<typeof import("./runLive.ts").runLive>[0],
  onRun: (run: Run) => void,
  signal: AbortSignal,
): Promise<Outcome> {
  const { runLive } = await import("./runLive.ts");
  const run = await runLive(options, signal);
  onRun(run);
  if (run.end.kind === "failed") return { kind: "failed", code: run.end.code, message: run.end.message };
  return { kind: "connected", words: `Connected to ${options.target}, and ended in peace.` };
}

async function ask(query: Query, onRun: (run: Run) => void, signal: AbortSignal): Promise<Outcome> {
  const { queryLive } = await import("./queryLive.ts");
  const answer = await queryLive(query, signal);
  if (answer.run !== undefined) onRun(answer.run);
  return { kind: "answered", answer };
}

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeAuthority } from "../../examples/workers-postgres/certificates.mjs";
import { postgresPrograms, startPostgres } from "../../examples/workers-postgres/postgresServer.mjs";
import type { LiveOffer, OfferedTarget } from "../../lab/page/live/offer.ts";
import { startRelay } from "../../lab/relay/startRelay.ts";
import { startLocalServer } from "../localServer.ts";
import { serveFolder } from "./serveFolder.ts";

export interface Demo {
  /** The address to open. */
  readonly page: string;
  readonly relay: string;
  readonly targets: readonly string[];
  /** Ends all that was started, and deletes all that was made. */
  stop(): Promise<void>;
}

/** Something to look at. */
const setup = `create table planets (name text, moons int, discovered int);
insert into planets values ('Mercury', 0, null), ('Venus', 0, null), ('Earth', 1, null), ('Mars', 2, null), ('Jupiter', 97, null), ('Saturn', 274, null), ('Uranus', 28, 1781), ('Neptune', 16, 1846);
grant select on planets to public;
`;
const login = {
  user: "visitor",
  password: "not a secret: only this machine gets here",
  database: "postgres",
};

/** Builds the page, and starts what it can reach. What has been started ends if the rest does not start. */
export async function startDemo(): Promise<Demo> {
  const stops: (() => unknown)[] = [];
  /** One each: the database's belongs to another account. */
  const makeFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), "tls13-demo-"));
    stops.push(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  };
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const page = makeFolder();
    const build = fileURLToPath(new URL("../../scripts/build-page.mjs", import.meta.url));
    await promisify(execFile)(process.execPath, [build, page]);

    const https = await startLocalServer();
    stops.push(() => https.close());
    const targets: OfferedTarget[] = [
      { target: `localhost:${https.port}`, protocol: "https", roots: https.root },
    ];
    const programs = postgresPrograms();
    if (programs !== undefined) {
      const authority = await makeAuthority("A root made for this demo");
      const passwords = { [login.user]: login.password };
      const server = { passwords, setup, ...(await authority.server("localhost")) };
      const database = await startPostgres(programs, makeFolder(), server);
      stops.push(() => database.stop());
      targets.unshift({
        target: `localhost:${database.port}`,
        protocol: "postgresql",
        roots: authority.root,
        login,
        sql: "select name, moons, discovered from planets order by moons desc",
      });
    }

    let offer: LiveOffer | undefined;
    const web = await serveFolder(page, () => offer);
    stops.push(() => web.close());
    const relay = await startRelay({ targets: targets.map(({ target }) => target), origins: [web.origin] });
    stops.push(() => relay.close());
    offer = { relay: relay.address, targets };
    const words = targets.map(({ target, protocol }) => `${target}, ${protocol}`);
    return { page: `${web.origin}/`, relay: relay.address, targets: words, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

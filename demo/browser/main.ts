// npm run demo:browser: the lab's page, a relay, and a server to reach through it: a PostgreSQL where its programs are on this
// machine, an HTTPS server in any case. All of it on loopback, and gone with Ctrl-C.

import { startDemo } from "./startDemo.ts";

const demo = await startDemo();
process.stdout.write(`
  The page    ${demo.page}
  The relay   ${demo.relay}
${demo.targets.map((target) => `  It leads to ${target}\n`).join("")}
  Open the page; "Real connections" goes to these servers. Ctrl-C ends it all.
`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void demo.stop());

// Asks for a page several times, and tells which requests left early:
//
//   npm run build
//   node examples/early-fetch/main.mjs https://www.cloudflare.com/ [TIMES]

import { subscribe } from "node:diagnostics_channel";
import { createSessionCache } from "tls13/sessions";
import { earlyFetch } from "./earlyFetch.mjs";

const [url, times = "3"] = process.argv.slice(2);
if (url === undefined) {
  console.error("usage: node examples/early-fetch/main.mjs URL [TIMES]");
  process.exit(1);
}

subscribe("tls13:connection:secure", ({ info }) => {
  const early = info.earlyData?.outcome ?? "none to send";
  console.log(`${info.resumed ? "resumed" : "full handshake"}, early data: ${early}`);
});

const fetchEarly = earlyFetch({ sessions: createSessionCache() });
for (let i = 0; i < Number(times); i++) {
  const from = performance.now();
  const response = await fetchEarly(url);
  const answeredAfter = performance.now() - from;
  const { length } = await response.text();
  console.log(`${response.status}, ${length} characters, answered after ${answeredAfter.toFixed(0)} ms`);
}

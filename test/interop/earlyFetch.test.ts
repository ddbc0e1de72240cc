// The example examples/early-fetch: which requests leave early, and what becomes of those that nobody took.

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { earlyFetch } from "../../examples/early-fetch/earlyFetch.mjs";
import type { ConnectionInfo } from "../../src/node/index.ts";
import { createSessionCache } from "../../src/session/memorySessionCache.ts";
import { chainOf } from "./chains.ts";
import { hasNginx, Nginx } from "./nginx.ts";
import { unhurried } from "./unhurried.ts";

const chain = chainOf("P-256");
/** What nginx knows of a request, and how many came on its connection. */
const says = '"$request_method $ssl_session_reused $ssl_early_data $connection_requests"';

describe.skipIf(!hasNginx)("a fetch that sends safe requests early, with nginx", () => {
  let nginx: Nginx;
  let way: Awaited<ReturnType<typeof unhurried>>;
  beforeAll(async () => {
    nginx = await Nginx.start(
      chain,
      "",
      `
      ssl_early_data on;
      ssl_session_cache shared:tls13:1m;
      ssl_ecdh_curve X25519:P-384;
      location /page { return 200 ${says}; }
      location /late { if ($ssl_early_data) { return 425; } return 200 ${says}; }
      location /empty { return 204; }
      `,
    );
    way = await unhurried(nginx.path);
  });
  afterAll(() => {
    way.close();
    nginx.close();
  });

  let outcomes: (string | undefined)[] = [];
  const note = (message: unknown): void => {
    outcomes.push((message as { readonly info: ConnectionInfo }).info.earlyData?.outcome);
  };
  beforeEach(() => {
    outcomes = [];
    subscribe("tls13:connection:secure", note);
  });
  afterEach(() => {
    unsubscribe("tls13:connection:secure", note);
  });

  const ask = (settings: object = {}): ReturnType<typeof earlyFetch> =>
    earlyFetch({ ca: chain.rootPem, sessions: createSessionCache(), ...settings });
  const page = (path: string): string => `https://localhost:${way.port}${path}`;

  test("GET and HEAD leave early once there is a session, and POST never does", async () => {
    const fetch = ask();
    expect(await (await fetch(page("/page"))).text()).toBe("GET .  1");
    expect(await (await fetch(page("/page"))).text()).toBe("GET r 1 1");
    const sent = await fetch(page("/page"), {
      method: "POST",
      body: "pay 100",
      headers: { "x-why": "test" },
    });
    expect(await sent.text()).toBe("POST r  1");
    const head = await fetch(page("/page"), { method: "head" });
    expect([head.status, head.body, head.headers.get("server")]).toEqual([
      200,
      null,
      expect.stringMatching(/^nginx/),
    ]);
    expect(outcomes).toEqual(["not_offered", "accepted", undefined, "accepted"]);
    expect((await fetch(page("/empty"))).status).toBe(204);
  });

  test("what is rejected is sent again once, behind the handshake", async () => {
    // Without a share the server has to ask for one.
    const fetch = ask({ keyShares: [] });
    expect(await (await fetch(page("/page"))).text()).toBe("GET .  1");
    expect(await (await fetch(page("/page"))).text()).toBe("GET r  1");
    expect(outcomes).toEqual(["not_offered", "rejected"]);
  });

  test("what comes too early for the server is asked again on another connection", async () => {
    const fetch = ask();
    expect(await (await fetch(page("/late"))).text()).toBe("GET .  1");
    expect(await (await fetch(page("/late"))).text()).toBe("GET r  1");
    expect(outcomes).toEqual(["not_offered", "accepted", undefined]);
  });

  test("a server that is not believed, and an abort, reject", async () => {
    await expect(ask({ ca: [] })(page("/page"))).rejects.toMatchObject({ code: "certificate_unknown_ca" });
    await expect(ask()(page("/page"), { signal: AbortSignal.abort("enough") })).rejects.toMatchObject({
      code: "aborted",
      cause: "enough",
    });
    await expect(ask()("http://localhost/")).rejects.toThrow(TypeError);
  });
});

import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

// Every collection a whole one, and many of them: on Node 20 to 22.11 a process that generates X25519 keys by
// generateKeyPairSync and exports them as JWK stands still for ever within a few thousand keys.
const flags = ["--gc-global", "--max-semi-space-size=1"];

test("generating X25519 keys while the collector runs comes to its end", () => {
  const script = `
    import { defaultProvider } from ${JSON.stringify(new URL("../../src/crypto/provider/node.ts", import.meta.url).href)};
    const x25519 = defaultProvider.keyExchanges.find(({ name }) => name === "x25519");
    for (let i = 0; i < 50_000; i++) x25519.generate();
    process.stdout.write("done");
  `;
  const loader = new URL("../../scripts/ts.mjs", import.meta.url).href;
  const child = spawnSync(
    process.execPath,
    [...flags, "--import", loader, "--input-type=module", "--eval", script],
    { encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" },
  );
  expect(child).toMatchObject({ status: 0, stdout: "done", signal: null });
}, 70_000);

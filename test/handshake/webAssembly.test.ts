import { describe, expect, test } from "vitest";
import { withWasmChaCha20 } from "../../src/crypto/provider/wasm/index.ts";
import { defaultProvider as webProvider } from "../../src/crypto/provider/web.ts";
import { cases as afterHandshake } from "../cases/afterHandshake.ts";
import { cases as closing } from "../cases/closing.ts";
import { cases as earlyData } from "../cases/earlyData.ts";
import { cases as externalPsks } from "../cases/externalPsks.ts";
import { cases as failures } from "../cases/failures.ts";
import { cases as fullHandshake } from "../cases/fullHandshake.ts";
import { cases as records } from "../cases/records.ts";
import { cases as resumption } from "../cases/resumption.ts";
import { cases as secrets } from "../cases/secrets.ts";
import { cases as sending } from "../cases/sending.ts";
import { harnessWith } from "./harness.ts";

const provider = await withWasmChaCha20(webProvider);

describe("WebAssembly provider", () => {
  test("has a synchronous cipher in front of asynchronous ones", () => {
    expect(provider.aeads().map(({ name, sync }) => ({ name, sync }))).toEqual([
      { name: "ChaCha20-Poly1305", sync: true },
      { name: "AES-128-GCM", sync: false },
      { name: "AES-256-GCM", sync: false },
    ]);
  });

  const lists = {
    afterHandshake,
    closing,
    earlyData,
    externalPsks,
    failures,
    fullHandshake,
    records,
    resumption,
    secrets,
    sending,
  };
  const harness = harnessWith(provider);
  // Without the ids of their rules, which the same cases bear with the providers of the runtimes.
  describe.each(Object.entries(lists))("%s", (_, cases) => {
    test.each(cases.map(({ name, run }) => ({ name, run })))("$name", ({ run }) => run(harness));
  });
});

// The shim: what BoringSSL's runner starts for each case. README.md says how.

import { exchange } from "./exchange.ts";
import { parseFlags } from "./flags.ts";
import { exitCodeOf, exitCodes, Mismatch } from "./outcome.ts";
import { SessionSlot } from "./sessionSlot.ts";

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("-is-handshaker-supported")) {
    console.log("No");
    return exitCodes.passed;
  }
  try {
    const { initial, resume, retry } = parseFlags(args);
    const sessions = new SessionSlot();
    let time = Date.now();
    for (let i = 0; i <= initial.resumeCount; i++) {
      const isResumption = i > 0;
      const settings = isResumption ? resume : initial;
      if (isResumption && !sessions.turn()) throw new Mismatch("no session came that could be resumed");
      await exchange({ settings, retry, sessions, isResumption, time });
      time += settings.resumptionDelay * 1000;
    }
    return exitCodes.passed;
  } catch (error) {
    return exitCodeOf(error);
  }
}

process.exitCode = await main(process.argv.slice(2));

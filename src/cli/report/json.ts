import type { TraceEvent } from "../../connection/trace.ts";
import { dissect } from "../../messages/dissect.ts";
import { toHex } from "../../wire/bytes.ts";
import { certificateFacts } from "./certificates.ts";
import type { Failure, Opened, Reporter } from "./reporter.ts";
import { verdictData } from "./verdictJson.ts";

/** An object a line: `kind`, `time`, and what the kind has. Keys are stable; new ones may be added. */
export function jsonReporter(write: (text: string) => void): Reporter {
  const line = (time: number, kind: string, rest: object): void => {
    write(`${JSON.stringify({ kind, time: Number(time.toFixed(3)), ...rest })}\n`);
  };
  return {
    tcp: (time, peer) => line(time, "tcp", { peer }),
    starttls: (time, direction, text) => line(time, "starttls", { direction, line: text }),
    event: (time, event) => {
      // What failed is told with its exit code, and what was opened with all that was agreed.
      if (event.kind !== "failed" && event.kind !== "opened") line(time, event.kind, eventFields(event));
    },
    opened: (time, opened) => line(time, "connected", connectedFields(opened)),
    warning: (time, message) => line(time, "warning", { message }),
    failed: (time, failure: Failure) => {
      // The keys are always there.
      const { judgement, alert, hint, ...others } = failure;
      const verdict = judgement === undefined ? null : verdictData(judgement);
      line(time, "error", { ...others, alert: alert ?? null, hint: hint ?? null, verdict });
    },
    closed: (time) => line(time, "closed", {}),
  };
}

function eventFields(event: TraceEvent): object {
  if (event.kind === "message") {
    const { direction, name, record, bytes } = event;
    return { direction, name, record, bytes: toHex(bytes), fields: dissect(name, bytes) };
  }
  const { kind: _kind, time: _time, ...fields } = event;
  return fields;
}

function connectedFields({ connection, info, times, target, peer }: Opened): object {
  const { identity, certificates, ocspResponse, signedCertificateTimestamps, alpn, ...rest } = info;
  const { pskIdentity, earlyData, clientCertificates, ...agreed } = rest;
  return {
    connection,
    ...target,
    peer,
    ...agreed,
    alpn: alpn ?? null,
    pskIdentity: pskIdentity === undefined ? null : toHex(pskIdentity),
    earlyData:
      earlyData === undefined
        ? null
        : { outcome: earlyData.outcome, taken: earlyData.taken, returned: earlyData.returned.length },
    verified: identity?.verified ?? null,
    vouchedBy: identity?.vouchedBy ?? null,
    profile: identity?.profile ?? null,
    notes: identity?.notes ?? [],
    certificates: certificates.map(describe),
    clientCertificates: clientCertificates.map(describe),
    path: (identity?.path ?? []).map(describe),
    ocspResponse: ocspResponse === undefined ? null : toHex(ocspResponse),
    signedCertificateTimestamps: signedCertificateTimestamps.map(toHex),
    times,
  };
}

function describe(der: Uint8Array): object {
  const facts = certificateFacts(der);
  const readable = facts && {
    ...facts,
    notBefore: facts.notBefore.toISOString(),
    notAfter: facts.notAfter.toISOString(),
  };
  return { ...readable, der: toHex(der) };
}

// Every case of test/cases, in groups, and what else the runtimes are asked.

import { cases as afterHandshake } from "../../cases/afterHandshake.ts";
import { cases as alerts } from "../../cases/alerts.ts";
import { cases as bareMessages } from "../../cases/bareMessages.ts";
import { cases as cachedCertificates } from "../../cases/cachedCertificates.ts";
import type { Case } from "../../cases/case.ts";
import { cases as certificates } from "../../cases/certificates.ts";
import { cases as certificateVerify } from "../../cases/certificateVerify.ts";
import { cases as clientCertificates } from "../../cases/clientCertificates.ts";
import { cases as clientHello } from "../../cases/clientHello.ts";
import { cases as closing } from "../../cases/closing.ts";
import { cases as compatibility } from "../../cases/compatibility.ts";
import { cases as decoding } from "../../cases/decoding.ts";
import { cases as earlyData } from "../../cases/earlyData.ts";
import { cases as encryptedExtensions } from "../../cases/encryptedExtensions.ts";
import { cases as extensionMatrix } from "../../cases/extensionMatrix.ts";
import { cases as externalPsks } from "../../cases/externalPsks.ts";
import { cases as failures } from "../../cases/failures.ts";
import { cases as finished } from "../../cases/finished.ts";
import { cases as fullHandshake } from "../../cases/fullHandshake.ts";
import { cases as helloRetryRequest } from "../../cases/helloRetryRequest.ts";
import { cases as keyLog } from "../../cases/keyLog.ts";
import { cases as keyShares } from "../../cases/keyShares.ts";
import { cases as options } from "../../cases/options.ts";
import { cases as order } from "../../cases/order.ts";
import { cases as postHandshakeAuthentication } from "../../cases/postHandshakeAuthentication.ts";
import { cases as pskRefusals } from "../../cases/pskRefusals.ts";
import { cases as records } from "../../cases/records.ts";
import { cases as refusals } from "../../cases/refusals.ts";
import { cases as resumption } from "../../cases/resumption.ts";
import { cases as rfc8448 } from "../../cases/rfc8448.ts";
import { cases as secrets } from "../../cases/secrets.ts";
import { cases as sending } from "../../cases/sending.ts";
import { cases as serverHello } from "../../cases/serverHello.ts";
import { cases as sessionCaches } from "../../cases/sessionCaches.ts";
import { cases as verifier } from "../../cases/verifier.ts";
import { cases as versions } from "../../cases/versions.ts";
import type { Fixtures } from "../fixtures.ts";
import { relayCases, tcpCases } from "./interop.ts";
import type { Sockets } from "./sockets.ts";
import { splitCases, streamCases } from "./streams.ts";

export interface Group {
  readonly name: string;
  readonly cases: readonly Case[];
}

/** By what they are about. */
const byTheLab: Readonly<Record<string, readonly (readonly Case[])[]>> = {
  handshake: [
    fullHandshake,
    bareMessages,
    clientHello,
    serverHello,
    keyShares,
    helloRetryRequest,
    versions,
    compatibility,
    encryptedExtensions,
    extensionMatrix,
    finished,
    secrets,
    keyLog,
    options,
  ],
  certificates: [
    certificates,
    certificateVerify,
    cachedCertificates,
    verifier,
    clientCertificates,
    postHandshakeAuthentication,
  ],
  sessions: [resumption, sessionCaches, externalPsks, pskRefusals, earlyData],
  errors: [order, decoding, alerts, failures, refusals],
  data: [records, sending, afterHandshake, closing],
};

export function groupsOf(fixtures: Fixtures, sockets: Sockets): readonly Group[] {
  return [
    { name: "RFC 8448", cases: rfc8448 },
    ...Object.entries(byTheLab).map(([name, lists]) => ({ name, cases: lists.flat() })),
    { name: "streams", cases: streamCases },
    { name: "splits", cases: splitCases },
    { name: "WebSocket", cases: relayCases(fixtures) },
    { name: "TCP", cases: tcpCases(fixtures, sockets) },
  ];
}

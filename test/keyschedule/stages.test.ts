import { describe, expect, test } from "vitest";
import type { Hash } from "../../src/crypto/provider.ts";
import { startApplicationStage } from "../../src/keyschedule/applicationStage.ts";
import { startEarlyStage } from "../../src/keyschedule/earlyStage.ts";
import { startHandshakeStage } from "../../src/keyschedule/handshakeStage.ts";
import { deriveSecret, hkdfExpandLabel, hkdfExtract } from "../../src/keyschedule/hkdf.ts";
import { finishedVerifyData, nextTrafficSecret, trafficKeys } from "../../src/keyschedule/trafficSecret.ts";
import { messageHash, startTranscript } from "../../src/keyschedule/transcript.ts";
import { type Bytes, copyOf, fromHex, noBytes, toHex } from "../../src/wire/bytes.ts";
import { providers } from "../crypto/providers.ts";
import { type Trace, traceNamed, traces } from "../replay/traces.ts";
import { spyHash } from "./spyHash.ts";

/** The hash of a trace's messages up to and including one of its fields. */
function transcriptHash(hash: Hash, trace: Trace, messages: readonly Bytes[]): Bytes {
  const transcript = startTranscript(hash);
  const [first, ...others] = messages as [Bytes, ...Bytes[]];
  transcript.add(trace.has("recordHelloRetryRequest") ? messageHash(hash, first) : first);
  for (const message of others) transcript.add(message);
  return transcript.hash();
}

function hellosOf(trace: Trace): readonly Bytes[] {
  return trace.serverFlight.slice(0, trace.has("recordHelloRetryRequest") ? 4 : 2);
}

describe.each(providers)("%s provider", (_, provider) => {
  describe.each(traces.map((trace) => [trace.name, trace] as const))("the trace %s", (_name, trace) => {
    const { suite } = trace;
    const hash = provider.hashes[suite.hash];
    const emptyHash = hash.digest(noBytes);

    test("the early secret, from the PSK or from zeros", () => {
      const zeros = new Uint8Array(hash.length);
      const psk = trace.has("psk") ? trace.bytes("psk") : zeros;
      expect(toHex(hkdfExtract(hash, zeros, psk))).toBe(toHex(trace.secret("earlySecret")));
    });

    test("the handshake stage and every secret after it [4.1/1]", () => {
      const salt = deriveSecret(hash, trace.secret("earlySecret"), "derived", emptyHash);
      const stage = trace.has("psk")
        ? startHandshakeStage(suite, hash, salt, trace.secret("sharedSecret"))
        : startEarlyStage(hash).handshake(suite, trace.secret("sharedSecret"));
      const helloHash = transcriptHash(hash, trace, hellosOf(trace));
      const client = stage.client(helloHash);
      const server = stage.server(helloHash);
      expect(toHex(client.secret)).toBe(toHex(trace.secret("clientHandshakeTrafficSecret")));
      expect(toHex(server.secret)).toBe(toHex(trace.secret("serverHandshakeTrafficSecret")));

      const application = stage.application();
      const flight = trace.serverFlight;
      const finishedHash = transcriptHash(hash, trace, flight);
      const expected: readonly (readonly [Bytes, Bytes])[] = [
        [application.client(finishedHash).secret, trace.secret("clientApplicationTrafficSecret")],
        [application.server(finishedHash).secret, trace.secret("serverApplicationTrafficSecret")],
        [application.exporter(finishedHash).secret, trace.secret("exporterMasterSecret")],
        [
          application.resumption(transcriptHash(hash, trace, [...flight, ...trace.clientFlight])),
          trace.secret("resumptionMasterSecret"),
        ],
      ];
      for (const [got, wanted] of expected) expect(toHex(got)).toBe(toHex(wanted));

      // Both Finished messages, over what came before each.
      const serverFinished = finishedVerifyData(server, transcriptHash(hash, trace, flight.slice(0, -1)));
      expect(toHex(serverFinished)).toBe(toHex(trace.bytes("messageServerFinished").subarray(4)));
      const before = [...flight, ...trace.clientFlight.slice(0, -1)];
      const clientFinished = finishedVerifyData(client, transcriptHash(hash, trace, before));
      expect(toHex(clientFinished)).toBe(toHex(trace.bytes("messageClientFinished").subarray(4)));
    });

    test("the handshake secret and the main secret themselves", () => {
      const { hash: spy, given } = spyHash(hash);
      const salt = deriveSecret(hash, trace.secret("earlySecret"), "derived", emptyHash);
      const stage = startHandshakeStage(suite, spy, salt, trace.secret("sharedSecret"));
      expect(given.map(toHex)).toEqual([toHex(trace.secret("handshakeSecret"))]);
      stage.application();
      expect(toHex(given.at(-1)!)).toBe(toHex(trace.secret("masterSecret")));
    });

    test("the content that CertificateVerify signs holds the hash of what came before it", () => {
      if (!trace.has("serverCertificateVerifyContent")) return;
      const flight = trace.serverFlight.slice(0, -2);
      expect(toHex(trace.bytes("serverCertificateVerifyContent").subarray(-hash.length))).toBe(
        toHex(transcriptHash(hash, trace, flight)),
      );
    });

    test("the traffic keys open the first record that they protect", async () => {
      const { key, iv } = trafficKeys({ suite, hash, secret: trace.secret("serverHandshakeTrafficSecret") });
      expect(key).toHaveLength(suite.keyLength);
      expect(iv).toHaveLength(12);
      const aead = provider.aeads().find(({ name }) => name === suite.aead)!;
      const opener = await aead.importKey(key);
      const records = trace.bytes("recordServerHandshakeMessages");
      const start = records[0] === 20 ? 6 : 0;
      const length = (records[start + 3]! << 8) | records[start + 4]!;
      const header = records.slice(start, start + 5);
      const plaintext = await opener.open(iv, header, records.slice(start + 5, start + 5 + length));
      expect(toHex(plaintext!.subarray(0, 4))).toBe(
        toHex(trace.bytes("messageEncryptedExtensions").subarray(0, 4)),
      );
    });
  });

  test("the PSK of the first trace's ticket resumes the second", () => {
    const trace = traceNamed("simple-1rtt");
    const hash = provider.hashes[trace.suite.hash];
    const nonce = fromHex("0000");
    expect(
      toHex(hkdfExpandLabel(hash, trace.secret("resumptionMasterSecret"), "resumption", nonce, hash.length)),
    ).toBe(toHex(trace.bytes("resumptionPsk")));
  });

  test("after a retry a message_hash message stands for the first ClientHello [4.1/2]", () => {
    const trace = traceNamed("hello-retry-request");
    const hash = provider.hashes[trace.suite.hash];
    const first = trace.plainMessage("recordClientHello1");
    const message = messageHash(hash, first);
    expect(toHex(message)).toBe(`fe0000${hash.length.toString(16)}${toHex(hash.digest(first))}`);
    // The whole transcript with it is what the server of the trace signed.
    const content = trace.bytes("serverCertificateVerifyContent");
    expect(toHex(transcriptHash(hash, trace, trace.serverFlight.slice(0, -2)))).toBe(
      toHex(content.subarray(-hash.length)),
    );
  });

  test("a transcript can be read while it runs [4.1/1]", () => {
    const hash = provider.hashes["SHA-256"];
    const transcript = startTranscript(hash);
    expect(toHex(transcript.hash())).toBe(toHex(hash.digest(noBytes)));
    transcript.add(fromHex("0100000161"));
    expect(toHex(transcript.hash())).toBe(toHex(hash.digest(fromHex("0100000161"))));
    transcript.add(fromHex("02000000"));
    expect(toHex(transcript.hash())).toBe(toHex(hash.digest(fromHex("010000016102000000"))));
  });

  describe("what is done with is overwritten", () => {
    const trace = traceNamed("simple-1rtt");
    const { suite } = trace;
    const zeros = toHex(new Uint8Array(32));

    test("the shared secret, once the handshake secret is made of it [7.1/2]", () => {
      const shared = trace.secret("sharedSecret");
      startEarlyStage(provider.hashes[suite.hash]).handshake(suite, shared);
      expect(toHex(shared)).toBe(zeros);
    });

    test("the handshake secret, once the application stage has begun [7.1/2]", () => {
      const { hash, given } = spyHash(provider.hashes[suite.hash]);
      const stage = startEarlyStage(hash).handshake(suite, trace.secret("sharedSecret"));
      const handshakeSecret = given.at(-1)!;
      expect(toHex(handshakeSecret)).toBe(toHex(trace.secret("handshakeSecret")));
      stage.application();
      expect(toHex(handshakeSecret)).toBe(zeros);
    });

    test("the salt of the main secret, and the main secret once the resumption secret is derived [7.1/2]", () => {
      const { hash, given } = spyHash(provider.hashes[suite.hash]);
      const salt = deriveSecret(hash, trace.secret("handshakeSecret"), "derived", hash.digest(noBytes));
      const stage = startApplicationStage(suite, hash, salt);
      expect(toHex(salt)).toBe(zeros);
      const mainSecret = given.at(-1)!;
      expect(toHex(mainSecret)).toBe(toHex(trace.secret("masterSecret")));
      stage.resumption(new Uint8Array(32));
      expect(toHex(mainSecret)).toBe(zeros);
    });

    test("the salt that every connection shares is not [7.1/2]", () => {
      const early = startEarlyStage(provider.hashes[suite.hash]);
      const helloHash = new Uint8Array(32);
      const first = early.handshake(suite, trace.secret("sharedSecret")).client(helloHash);
      const second = startEarlyStage(provider.hashes[suite.hash]).handshake(
        suite,
        trace.secret("sharedSecret"),
      );
      expect(toHex(second.client(helloHash).secret)).toBe(toHex(first.secret));
    });

    test("a traffic secret, once the next one is made of it [7.2/1]", () => {
      const hash = provider.hashes[suite.hash];
      const secret = trace.secret("clientApplicationTrafficSecret");
      const before = copyOf(secret);
      const next = nextTrafficSecret({ suite, hash, secret });
      expect(toHex(secret)).toBe(zeros);
      expect(toHex(next.secret)).toBe(toHex(hkdfExpandLabel(hash, before, "traffic upd", noBytes, 32)));
      expect(next.suite).toBe(suite);
    });

    test("the key of a Finished", () => {
      const { hash, given } = spyHash(provider.hashes[suite.hash]);
      const secret = trace.secret("clientHandshakeTrafficSecret");
      finishedVerifyData({ suite, hash, secret }, new Uint8Array(32));
      expect(toHex(given[0]!)).toBe(zeros);
      expect(toHex(secret)).not.toBe(zeros);
    });
  });
});

import { describe, expect, test } from "vitest";
import { runToPcapng, trafficSecrets } from "../../../../lab/page/capture/runToPcapng.ts";
import type { Run } from "../../../../lab/page/run.ts";
import { data } from "../../../../lab/script.ts";
import { fromAscii, toHex } from "../../../../src/wire/bytes.ts";
import { handshakeTypes } from "../../../../src/wire/registry.ts";
import { within } from "../../../cases/case.ts";
import { courses, runOf, seenMeeting } from "./labRuns.ts";
import { hasTshark, inFile, tshark } from "./tshark.ts";

const clientAddress = "192.0.2.1";

/** The handshake messages that tshark names, each with its sender, in the order of the file. */
async function dissected(path: string): Promise<string[]> {
  const lines = await tshark(
    path,
    "-Y",
    "tls.handshake",
    "-T",
    "fields",
    "-e",
    "ip.src",
    "-e",
    "tls.handshake.type",
  );
  return lines.split("\n").flatMap((line) => {
    const [source, types] = line.split("\t");
    // A fragment of a message has no type.
    if (types === undefined || types === "") return [];
    return types.split(",").map((type) => `${source === clientAddress ? "client" : "server"} ${type}`);
  });
}

/** Those of the run. */
function messages({ steps }: Run): string[] {
  return steps.flatMap((step) => (step.kind === "message" ? [`${step.from} ${step.bytes[0]}`] : []));
}

/** Warnings and errors: nothing malformed, no TCP that is strange, no checksum that is wrong. */
async function complaints(path: string): Promise<string[]> {
  const lines = await tshark(
    path,
    "-Y",
    "_ws.expert.severity >= 0x00600000 || _ws.malformed",
    "-T",
    "fields",
    "-e",
    "frame.number",
    "-e",
    "_ws.expert.message",
  );
  return lines.split("\n").filter((line) => line !== "");
}

describe.skipIf(!hasTshark)("tshark reads what is exported", () => {
  test.each(Object.entries(courses))(
    "with %s: each message by its name, and no complaint",
    async (_, make) => {
      const run = await runOf(await make());
      await inFile(runToPcapng(run, { secrets: true }), async (path) => {
        expect((await dissected(path)).sort()).toEqual(messages(run).sort());
        expect(await complaints(path)).toEqual([]);
      });
    },
  );

  test("HTTP within it, both ways", async () => {
    const request = fromAscii("GET /what-was-asked HTTP/1.1\r\nHost: server.example\r\n\r\n");
    const answer = fromAscii(
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 15\r\n\r\nwhat was given\n",
    );
    const seen = await seenMeeting(
      { packing: { padding: 20 } },
      {
        talk: async ({ connection, lab, client }) => {
          connection.write(request, () => {});
          await within(
            "the request has come",
            lab.seen.until(() => lab.seen.data.length >= request.length),
          );
          await lab.perform(data(answer));
          await within("the answer has come", client.contentOf(answer.length));
        },
      },
    );
    await inFile(runToPcapng(await runOf(seen), { secrets: true }), async (path) => {
      const fields = ["-e", "http.request.uri", "-e", "http.response.code", "-e", "http.file_data"];
      expect((await tshark(path, "-Y", "http", "-T", "fields", ...fields)).trimEnd().split("\n")).toEqual([
        "/what-was-asked\t\t",
        "\t200\twhat was given\\n",
      ]);
      expect(await complaints(path)).toEqual([]);
    });
  });

  test("without the secrets, nothing but the hellos", async () => {
    const run = await runOf(await courses["TLS_AES_128_GCM_SHA256"]!());
    await inFile(runToPcapng(run, { secrets: false }), async (path) => {
      expect(await dissected(path)).toEqual([
        `client ${handshakeTypes.client_hello}`,
        `server ${handshakeTypes.server_hello}`,
      ]);
      expect(await complaints(path)).toEqual([]);
    });
  });
});

describe("what an export gives away", () => {
  test("no secret, unless it was asked for; and of those only what opens records", async () => {
    const seen = await courses["early data that is accepted"]!();
    const run = await runOf(seen);
    const shut = toHex(runToPcapng(run, { secrets: false }));
    const open = toHex(runToPcapng(run, { secrets: true }));
    const labels = trafficSecrets(run)
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" ")[0]);
    expect(labels).toEqual([
      "CLIENT_EARLY_TRAFFIC_SECRET",
      "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
      "SERVER_HANDSHAKE_TRAFFIC_SECRET",
      "CLIENT_TRAFFIC_SECRET_0",
      "SERVER_TRAFFIC_SECRET_0",
    ]);
    expect(seen.meeting.keyLog.length).toBeGreaterThan(labels.length);
    for (const line of seen.meeting.keyLog) {
      // The key log is text within the file.
      const asText = toHex(fromAscii(line));
      expect(shut).not.toContain(asText);
      expect(shut).not.toContain(line.split(" ")[2]);
      expect(open.includes(asText)).toBe(!line.includes("EXPORTER"));
    }
  });

  test("a run whose records were not seen can't be exported: no_records", async () => {
    const run = await runOf(await courses["TLS_AES_128_GCM_SHA256"]!());
    expect(() => runToPcapng({ ...run, records: [] }, { secrets: false })).toThrow(
      expect.objectContaining({ name: "CaptureError", code: "no_records" }),
    );
  });
});

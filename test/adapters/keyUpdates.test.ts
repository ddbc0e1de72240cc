// What was written before updateKeys() is under the old keys and what comes after under the new ones, on both faces: though
// their streams have queues of their own, and the way to the server is narrow.

import { describe, expect, test } from "vitest";
import { believer } from "../../lab/leafKey.ts";
import { connect as connectAnywhere } from "../../src/index.ts";
import { duplexTransport } from "../../src/node/duplexTransport.ts";
import { connect as connectOnNode } from "../../src/node/index.ts";
import { contentTypes } from "../../src/wire/registry.ts";
import { serverName } from "../cases/meeting.ts";
import { finished, secured } from "../interop/talk.ts";
import { labBehind } from "./labBehind.ts";

interface Face {
  write(bytes: Uint8Array): void;
  updateKeys(): void;
  end(): Promise<unknown>;
}

type Lower = Awaited<ReturnType<typeof labBehind>>["near"];

const faces: Readonly<Record<string, (near: Lower) => Promise<Face>>> = {
  node: async (near) => {
    const socket = connectOnNode({ socket: near, servername: serverName, verifier: believer });
    await secured(socket);
    return {
      write: (bytes) => void socket.write(bytes),
      updateKeys: () => socket.updateKeys(),
      end: () => finished(socket),
    };
  },
  "node, corked": async (near) => {
    const socket = connectOnNode({ socket: near, servername: serverName, verifier: believer });
    await secured(socket);
    socket.cork();
    return {
      write: (bytes) => void socket.write(bytes),
      updateKeys: () => socket.updateKeys(),
      end: () => {
        socket.uncork();
        return finished(socket);
      },
    };
  },
  web: async (near) => {
    const tls = connectAnywhere(duplexTransport(near, undefined), { serverName, trust: believer });
    await tls.opened;
    const writer = tls.writable.getWriter();
    return {
      write: (bytes) => void writer.write(bytes),
      updateKeys: () => tls.updateKeys(),
      end: async () => {
        await writer.close();
        await tls.closed;
      },
    };
  },
};

describe.each(Object.entries(faces))("tls13 (%s)", (_, open) => {
  test.each([
    ["small writes", 10],
    ["more than the way takes at once", 2 ** 20],
  ])("updateKeys() keeps its place: %s [4.7.3/7]", async (_what, length) => {
    const { lab, near } = await labBehind();
    const face = await open(near);
    expect(await lab.outcome).toBe("opened");
    const { records } = lab.seen;
    const before = records.length;
    // Each letter has its own keys. The end of one waits in the stream's queue while the keys are moved on.
    for (const letter of ["a", "b", "c"]) {
      for (let i = 0; i < 3; i++) face.write(new Uint8Array(length).fill(letter.charCodeAt(0)));
      face.updateKeys();
    }
    face.updateKeys();
    face.write(Buffer.from("d"));
    await face.end();
    await lab.done;
    const seen = new Map<string, number>();
    for (const { type, content, generation } of records.slice(before)) {
      if (type === contentTypes.alert) continue;
      const letters =
        type === contentTypes.handshake ? "KeyUpdate" : [...new Set(content)].map(letterOf).join("");
      const what = `${letters} ${generation}`;
      seen.set(what, (seen.get(what) ?? 0) + (letters === "KeyUpdate" ? 1 : content.length));
    }
    expect([...seen]).toEqual([
      ["a 0", 3 * length],
      ["KeyUpdate 0", 1],
      ["b 1", 3 * length],
      ["KeyUpdate 1", 1],
      ["c 2", 3 * length],
      ["KeyUpdate 2", 1],
      ["KeyUpdate 3", 1],
      ["d 4", 1],
    ]);
  });
});

const letterOf = (byte: number): string => String.fromCharCode(byte);

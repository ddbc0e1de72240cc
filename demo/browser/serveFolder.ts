import { once } from "node:events";
import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
};

/** Serves a folder's files on loopback, and `live.json` besides. */
export async function serveFolder(
  folder: string,
  live: () => unknown,
): Promise<{ readonly origin: string; close(): Promise<void> }> {
  async function answer(path: string): Promise<string | Buffer> {
    if (path === "/live.json") return JSON.stringify(live() ?? null);
    // normalize() leaves no step up in a path that begins with a slash.
    return readFile(join(folder, normalize(path.endsWith("/") ? `${path}index.html` : path)));
  }
  const server = http.createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    answer(path).then(
      (body) => {
        const type = types[extname(path.endsWith("/") ? "index.html" : path)] ?? "application/octet-stream";
        response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
      },
      () => response.writeHead(404, { "content-type": "text/plain" }).end("there is no such file\n"),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

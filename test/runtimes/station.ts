// Where runtimes get what they need and tell what came of it: a server on the loopback interface, one for each run.

import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Report } from "./report.ts";

export interface Station {
  readonly address: string;
  close(): void;
}

export interface Served {
  /** JSON. */
  readonly fixtures: string;
  /** What a page loads. */
  readonly script: string;
  readonly report: (report: Report) => void;
}

const page = `<!doctype html><meta charset="utf-8"><title>tls13</title>
<script>
const fail = (error) => fetch("/report", { method: "POST", body: JSON.stringify({ kind: "end", error: String(error) }) });
addEventListener("error", ({ message }) => fail(message));
</script>
<script type="module" src="/suite.js"></script>`;

export async function openStation({ fixtures, script, report }: Served): Promise<Station> {
  const server = http.createServer(async (request, response) => {
    const answer = (type: string, body: string): void => {
      response
        .writeHead(200, { "content-type": `${type}; charset=utf-8`, "cache-control": "no-store" })
        .end(body);
    };
    switch (`${request.method} ${request.url}`) {
      case "GET /":
        return answer("text/html", page);
      case "GET /suite.js":
        return answer("text/javascript", script);
      case "GET /fixtures":
        return answer("application/json", fixtures);
      case "GET /now":
        return answer("text/plain", String(performance.now()));
      case "POST /report": {
        let body = "";
        for await (const chunk of request.setEncoding("utf8")) body += chunk;
        answer("text/plain", "");
        return report(JSON.parse(body) as Report);
      }
      default:
        response.writeHead(404).end();
    }
  });
  // A group may take longer than Node keeps an idle connection, and workerd does not ask again.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Browser, chromium, type Page } from "playwright-core";
import { chromiumPath } from "../../../shapes/chromium.ts";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const types: Readonly<Record<string, string>> = { html: "text/html", css: "text/css", js: "text/javascript" };

export interface LabPage {
  readonly browser: Browser;
  /** With the fragment behind it, the address of a state. */
  readonly url: string;
  close(): Promise<void>;
}

/** The page as it is built, from a folder below the server's root, as it may be put anywhere. */
export async function startLabPage(): Promise<LabPage> {
  const folder = await mkdtemp(join(tmpdir(), "lab-page-"));
  await promisify(execFile)(process.execPath, [`${root}scripts/build-page.mjs`, folder]);
  const server = http.createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname.replace("/some/where/", "");
    const file = path === "" ? "index.html" : path;
    readFile(join(folder, file)).then(
      (content) => {
        response.setHeader("content-type", types[file.split(".").at(-1) as string] ?? "text/plain");
        response.end(content);
      },
      () => {
        response.statusCode = 404;
        response.end();
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  return {
    browser,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/`,
    close: async () => {
      await browser.close();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Waits until the run of the page's address is drawn. */
export async function drawn(page: Page): Promise<void> {
  await page.locator(".message-rules").waitFor();
}

/** A new page at that state. */
export async function openAt(lab: LabPage, fragment: string, options: object = {}): Promise<Page> {
  const page = await lab.browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
  await page.goto(`${lab.url}#${fragment}`);
  await drawn(page);
  return page;
}

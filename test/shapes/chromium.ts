import { existsSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Debian's, or what CHROMIUM names; undefined where there is none. */
export const chromiumPath = [process.env["CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser"].find(
  (path) => path !== undefined && existsSync(path),
);

/** A module of these lines, with all that it imports, for a browser: on the provider that a browser gets. */
export async function bundle(contents: string, more: BuildOptions = {}): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    logLevel: "error",
    alias: { "#provider": `${root}src/crypto/provider/web.ts` },
    ...more,
    write: false,
  });
  return outputFiles[0]?.text ?? "";
}

export interface OpenPage {
  readonly page: Page;
  close(): Promise<void>;
}

/** A page in headless Chromium in which the module has run. */
export async function openPage(module: string): Promise<OpenPage> {
  return openBundle(await bundle(module));
}

/** A page in headless Chromium in which a script has run that is bundled already. */
export async function openBundle(script: string): Promise<OpenPage> {
  const server = http.createServer((request, response) => {
    const isScript = request.url === "/main.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(
      isScript
        ? script
        : `<!doctype html><div id="screen"></div><script type="module">
            await import("/main.js");
            document.documentElement.dataset.ran = "";
          </script>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser: Browser = await chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  // The page is loaded before a module has run that awaits something at its top, as noVNC's does.
  await page.waitForSelector("html[data-ran]", { state: "attached" });
  return {
    page,
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

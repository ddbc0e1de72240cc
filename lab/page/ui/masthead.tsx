import { signal } from "@preact/signals";
import { ThemeSwitch } from "./theme.tsx";

const copied = signal(false);

export function Masthead() {
  return (
    <header class="masthead">
      <h1>The TLS&nbsp;1.3 handshake, taken apart</h1>
      <p class="tagline">
        A client and a server meet in this page. Look at every byte; change one, and see what stops the
        client.
      </p>
      <div class="masthead-tools">
        <button type="button" onClick={copyLink}>
          Copy a link to this
        </button>
        <span class="unseen" role="status">
          {copied.value ? "The link was copied." : ""}
        </span>
        <span class="copied" aria-hidden="true" data-on={copied.value ? "" : undefined}>
          copied
        </span>
        <ThemeSwitch />
      </div>
    </header>
  );
}

async function copyLink(): Promise<void> {
  // Where a page may not write to the clipboard, the address bar has the same link.
  await navigator.clipboard?.writeText(location.href).catch(() => {});
  copied.value = true;
  setTimeout(() => {
    copied.value = false;
  }, 1500);
}

import { render } from "preact";
import { App } from "./app.tsx";
import { loadRules } from "./rules.tsx";
import { start } from "./state.ts";

const page = document.getElementById("page");
if (page !== null) {
  page.replaceChildren();
  start();
  render(<App />, page);
  // Once the first view is painted.
  requestAnimationFrame(() => setTimeout(loadRules, 0));
}

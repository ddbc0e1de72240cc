import { render } from "preact";
import { App } from "./app.tsx";
import { loadRules } from "./rules.tsx";
import { painted, start } from "./state.ts";

const page = document.getElementById("page");
if (page !== null) {
  page.replaceChildren();
  start();
  render(<App />, page);
  requestAnimationFrame(() =>
    setTimeout(() => {
      painted.value = true;
      loadRules();
    }, 0),
  );
}

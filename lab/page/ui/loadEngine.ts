/** Fetches the engine with all that it imports side by side, as the build has listed it, and not one after the other. */
export function loadEngine(): Promise<typeof import("./engine.ts")> {
  const listed = document.getElementById("engine");
  if (listed instanceof HTMLTemplateElement) document.head.append(listed.content);
  return import("./engine.ts");
}

/** Whether a name fits one of the runner's patterns, where `*` stands for anything. */
export function fits(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => pattern === name || regexp(pattern).test(name));
}

const known = new Map<string, RegExp>();

function regexp(pattern: string): RegExp {
  const made = known.get(pattern) ?? new RegExp(`^${pattern.split("*").map(escaped).join(".*")}$`);
  known.set(pattern, made);
  return made;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?+()[\]{}]/g, "\\$&");
}

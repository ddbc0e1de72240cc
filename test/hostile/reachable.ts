/**
 * Every byte and every word that can be reached from something, without calling any of it: own properties, hidden ones and
 * those under symbols included, the contents of maps and sets, what prototypes of classes hold.
 */
export function* reachable(root: unknown): Generator<Uint8Array | string> {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [root];
  for (let value = waiting.pop(); value !== undefined || waiting.length > 0; value = waiting.pop()) {
    if (typeof value === "string") yield value;
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value))
      continue;
    seen.add(value);
    if (ArrayBuffer.isView(value)) {
      yield new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      continue;
    }
    if (value instanceof ArrayBuffer) yield new Uint8Array(value);
    if (value instanceof Map) waiting.push(...value.keys(), ...value.values());
    if (value instanceof Set) waiting.push(...value);
    for (const descriptor of Object.values(Object.getOwnPropertyDescriptors(value))) {
      if ("value" in descriptor) waiting.push(descriptor.value);
    }
    for (const symbol of Object.getOwnPropertySymbols(value)) {
      const descriptor = Object.getOwnPropertyDescriptor(value, symbol);
      if (descriptor !== undefined && "value" in descriptor) waiting.push(descriptor.value);
    }
  }
}

/** The ways in which somebody may read a secret. */
function formsOf(secret: Uint8Array): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    bytes.toString("hex"),
    bytes.toString("base64").replace(/=+$/, ""),
    bytes.toString("base64url"),
    bytes.join(),
    bytes.join(", "),
    bytes.toString("latin1"),
    bytes.toString("hex").replace(/(..)(?!$)/g, "$1 "),
  ];
}

/** The names of the secrets that can be reached. */
export function secretsIn(root: unknown, secrets: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const found = new Set<string>();
  const wanted = [...secrets].map(([name, secret]) => ({
    name,
    bytes: Buffer.from(secret),
    forms: formsOf(secret),
  }));
  for (const one of reachable(root)) {
    for (const { name, bytes, forms } of wanted) {
      const isThere =
        typeof one === "string"
          ? forms.some((form) => one.includes(form) || one.toLowerCase().includes(form))
          : Buffer.from(one.buffer, one.byteOffset, one.length).includes(bytes);
      if (isThere) found.add(name);
    }
  }
  return [...found];
}

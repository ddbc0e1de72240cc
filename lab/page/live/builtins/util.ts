// What pg takes of node:util and node:util/types.

/** A page has nobody who could be warned. */
export function deprecate<F>(work: F): F {
  return work;
}

export function isDate(value: unknown): value is Date {
  return value instanceof Date;
}

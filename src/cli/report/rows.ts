import { columns, type Style, wrap } from "./style.ts";

export const labelWidth = 13;

/** A fact with its label in front, over as many lines as it takes. */
export type Row = (label: string, text: string, colour?: (text: string) => string) => readonly string[];

export function rows(style: Style): Row {
  return (label, text, colour = (plain) => plain) =>
    wrap(text, columns - labelWidth - 3).map((line, i) => {
      const name = (i === 0 ? label : "").padEnd(labelWidth);
      return `  ${style.dim(name)} ${colour(line)}`;
    });
}

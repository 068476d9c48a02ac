/** JSON values as TypeScript would be written by hand: keys without quotes where they need none, short values on one line. */

/** Widest line: what a sample's panel shows without scrolling sideways. */
export const width = 72;

/** Code in the place of a value: a variable under its own name is written once, `...rest` is spread. */
export class Code {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/**
 * The literal of a JSON value, in which {@link Code} may stand.
 *
 * @param indent spaces that the line it begins on is indented by.
 * @param column characters that stand on that line beside it and the indentation.
 */
export function toSource(value: unknown, indent = 0, column = 0): string {
  const line = toLine(value);
  const isNested = typeof value === "object" && value !== null && !(value instanceof Code);
  if (!isNested || indent + column + line.length <= width) return line;
  const inner = indent + 2;
  const members = Array.isArray(value)
    ? value.map((item) => toSource(item, inner, 1))
    : Object.entries(value).map(([name, member]) =>
        toMember(name, member, (text) => toSource(member, inner, text.length + 1)),
      );
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const lines = members.map((member) => `${" ".repeat(inner)}${member},\n`);
  return `${open}\n${lines.join("")}${" ".repeat(indent)}${close}`;
}

function toLine(value: unknown): string {
  if (value instanceof Code) return value.text;
  if (Array.isArray(value)) return `[${value.map(toLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => toMember(name, member, () => toLine(member)));
  return members.length > 0 ? `{ ${members.join(", ")} }` : "{}";
}

function toMember(name: string, value: unknown, print: (key: string) => string): string {
  if (value instanceof Code && (value.text === name || value.text.startsWith("..."))) return value.text;
  const key = `${/^[A-Za-z_$][\w$]*$/.test(name) && name !== "__proto__" ? name : JSON.stringify(name)}: `;
  return key + print(key);
}

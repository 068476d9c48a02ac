/** JSON Pointers (RFC 6901), at run time and in types. */

/** The value that a pointer names, or undefined where there is none. `""` names the whole. */
export function getByPointer(root: unknown, pointer: string): unknown {
  let value = root;
  for (const token of pointer.split("/").slice(1)) {
    if (typeof value !== "object" || value === null) return undefined;
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    value = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  }
  return value;
}

/** A key as one token of a pointer. */
export function toPointerToken(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

type Property<Value, Key> = Value extends unknown ? (Key extends keyof Value ? NonNullable<Value[Key]> : never) : never;

/**
 * The type at a pointer; of a union, that of the members which have the place. Null and undefined on the way are left out.
 * Keys with `/` or `~` are not known to it.
 */
export type AtPointer<Value, Pointer extends string> = Pointer extends `/${infer Key}/${infer Rest}`
  ? AtPointer<Property<Value, Key>, `/${Rest}`>
  : Pointer extends `/${infer Key}`
    ? Property<Value, Key>
    : Value;

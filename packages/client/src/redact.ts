/** Node, Deno and Bun ask an object for this before they print it. */
const inspect = Symbol.for("nodejs.util.inspect.custom");

/** Makes a decoded body print without its secrets, which are properties of these names; the values themselves stay. */
export function hideSecrets(body: unknown, secrets: readonly string[]): void {
  if (typeof body !== "object" || body === null || body instanceof ReadableStream) return;
  const replacer = (key: string, value: unknown) => (secrets.includes(key) && value ? "[redacted]" : value);
  Object.defineProperty(body, inspect, {
    value: (_depth: number, options: object, print: (value: unknown, options: object) => string) =>
      print(JSON.parse(JSON.stringify(body, replacer)), options),
  });
}

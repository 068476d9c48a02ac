/** Rules for the layout in specs/README.md: the bundler makes component names of file names. */
import { readdirSync } from "node:fs";
import { dirname, join, parse, relative, resolve } from "node:path";
import { child, isReference, type Location, type Rule } from "./redocly.ts";

/** The file that a `$ref` names. Redocly's own answer is the file at the end of a chain of references. */
function namedFile(reference: unknown, { source }: Location): string | undefined {
  const [file] = isReference(reference) ? reference.$ref.split("#") : [];
  return file ? resolve(dirname(source.absoluteRef), file) : undefined;
}

export const refNamesAWholeFile: Rule = () => ({
  ref(node, { location, report }) {
    if (!isReference(node) || !node.$ref.includes("#")) return;
    const message = "A component is a file of its own, so a `$ref` has no `#`";
    report({ message, location: child({ node, location }, "$ref").location });
  },
});

/** Redocly validates examples against the end of the chain and passes over the keywords that stand on the way. */
export const componentFileIsNoReference: Rule = () => ({
  ref(node, { location, resolve: follow, report }) {
    const end = isReference(node) ? follow(node).location?.source.absoluteRef : undefined;
    if (end === undefined || end === namedFile(node, location)) return;
    const message = "The root of a component file is no `$ref`; `allOf` adds to another component";
    report({ message, location: child({ node, location }, "$ref").location });
  },
});

export const fileIsNamedForItsContent: Rule = () => ({
  ref(node, { location, key, type, report }) {
    const file = namedFile(node, location);
    const message = file && nameProblem(parse(file).name, type.name, String(key));
    if (message) report({ message, location: child({ node, location }, "$ref").location });
  },
});

function nameProblem(name: string, typeName: string, key: string): string | undefined {
  if (typeName === "PathItem") {
    const expected = key.slice(1).replaceAll("/", "_");
    return name === expected ? undefined : `The file of this path is called \`${expected}.yaml\``;
  }
  // The name of a security scheme is an option of the client and often the service's own; it need not be PascalCase.
  if (typeName === "SecurityScheme") {
    return name === key ? undefined : `The file of this scheme is called \`${key}.yaml\``;
  }
  return /^[A-Z][A-Za-z0-9]*$/.test(name) ? undefined : `The name of a component file is PascalCase: \`${name}\``;
}

export const componentFileNameIsUnique: Rule = () => {
  const filesByName = new Map<string, Set<string>>();
  return {
    ref(node, { location, report }) {
      const file = namedFile(node, location);
      if (!file) return;
      const { name } = parse(file);
      const files = filesByName.get(name) ?? new Set();
      filesByName.set(name, files);
      // One report for each file, not for each reference to it.
      if (files.has(file)) return;
      const message = `Another component file is called \`${name}\` as well: ${[...files].map((other) => relative(".", other))}`;
      if (files.size > 0) report({ message, location: child({ node, location }, "$ref").location });
      files.add(file);
    },
  };
};

export const fileIsUsed: Rule = () => {
  const used = new Set<string | undefined>();
  return {
    ref(node, { location }) {
      used.add(namedFile(node, location));
    },
    Root: {
      leave(_root, { location, report }) {
        const entry = location.source.absoluteRef;
        const folder = dirname(entry);
        for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
          const path = join(folder, file);
          // A workflow (Arazzo) refers to the document, not the other way round.
          if (!/(?<!\.arazzo)\.ya?ml$/.test(file) || path === entry || used.has(path)) continue;
          report({ message: `Nothing refers to ${file}`, location });
        }
      },
    },
  };
};

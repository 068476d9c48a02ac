/** The packed declarations, checked whole (`skipLibCheck: false`) by every supported TypeScript, as two kinds of project see them. */
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { type ApiCalls, planCalls } from "./plan.ts";
import { here, readManifest, toExecutable } from "./project.ts";

const compilers = ["typescript-5.6", "typescript-5.9", "typescript"].map((name) => {
  const folder = join(here, "node_modules", name);
  return { version: readManifest(folder).version, executable: toExecutable(folder, "tsc") };
});

const projects = [
  { module: "nodenext", moduleResolution: "nodenext", lib: ["es2023"], types: ["node"] },
  { module: "esnext", moduleResolution: "bundler", lib: ["es2022", "dom", "dom.iterable"], types: [] },
];

const variants = compilers.flatMap((compiler) =>
  projects.flatMap((project) =>
    [true, false].map((exactOptionalPropertyTypes) => ({
      ...compiler,
      resolution: project.moduleResolution,
      exactOptionalPropertyTypes,
      options: { ...project, exactOptionalPropertyTypes },
    })),
  ),
);

const calls = await planCalls();

test("three generations of TypeScript are at hand", () => {
  expect(compilers.map(({ version }) => version.replace(/^(5\.\d+|\d+).*/, "$1"))).toEqual(["5.6", "5.9", "7"]);
});

test.each(variants)(
  "TypeScript $version takes the types by $resolution, exactOptionalPropertyTypes $exactOptionalPropertyTypes",
  async ({ version, executable, resolution, exactOptionalPropertyTypes, options }) => {
    const folder = join(inject("project"), `types-${version}-${resolution}-${exactOptionalPropertyTypes}`);
    mkdirSync(folder);
    const compilerOptions = { target: "es2022", strict: true, skipLibCheck: false, noEmit: true, ...options };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    for (const api of calls) writeFileSync(join(folder, `${api.name}.ts`), writeCalls(api));
    const { stdout } = await promisify(execFile)(process.execPath, [executable, "-p", folder]).catch(
      (failure: { stdout: string }) => failure,
    );
    expect(stdout).toBe("");
  },
);

/** One call, each way to read its answer, and what must not compile: without that, types that are lost would pass as `any`. */
function writeCalls({ name, read }: ApiCalls): string {
  return `import { type ApiError, isApiError, unwrap } from "@artifetch/client";
import * as api from "@artifetch/client/${name}";
import type { components, operations, paths, Schemas } from "@artifetch/types/${name}";

type Factory = { [Name in keyof typeof api]: Name extends \`create\${string}\` ? (typeof api)[Name] : never }[keyof typeof api];
declare const create: Factory;
const client = create({ baseUrl: "http://127.0.0.1", headers: {}, fetch: (request) => fetch(request) });

type Answers = operations["${read.id}"]["responses"];
type ValueOf<T> = T[keyof T];
type Body = ValueOf<Answers[200]["content"]>;
const request = ${JSON.stringify(read.request)};
const result = await client.${read.id}(request);
if (result.status === 200) {
  const body: Body = result.data;
  const no: undefined = result.error;
  console.log(body, no);
} else if (result.status === 404) {
  const error: ValueOf<Answers[404]["content"]> = result.error;
  console.log(error);
}
const body: Body = await unwrap(client.${read.id}(request));
const raise = (error: unknown): ApiError | undefined => (isApiError(error) ? error : undefined);
console.log(body, raise);

// @ts-expect-error the path parameters are missing
await client.${read.id}({});
// @ts-expect-error there is no such option
create({ bseUrl: "" });
// @ts-expect-error there is no such field
body.noSuchField;

export type All = [components["schemas"], paths, Schemas];
`;
}

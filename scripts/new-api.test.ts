import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { runToEnd } from "@artifetch/contract";
import { bundleDocument } from "@artifetch/document/load";
import { createMockFetch } from "@artifetch/mock-server";
import { afterAll, expect, test } from "vitest";
import { generateClient } from "../packages/client/generate.ts";
import { generateTypes } from "../packages/types/generate.ts";
import { compile } from "./compile.ts";
import { listSpecs } from "./generated-files.ts";
import { createApi } from "./new-api.ts";
import { root } from "./root.ts";

const specs = mkdtempSync(join(tmpdir(), "artifetch-specs-"));
// Inside the workspace, so that its packages are found.
mkdirSync(join(root, ".artifacts"), { recursive: true });
const build = mkdtempSync(join(root, ".artifacts/new-api-"));
afterAll(() => {
  rmSync(specs, { recursive: true });
  rmSync(build, { recursive: true });
});

const folder = await createApi("my-platform", specs);
const document = await bundleDocument(join(folder, "openapi.yaml"));

test("a new folder is listed as an API", () => {
  expect(listSpecs(specs)).toEqual(["my-platform"]);
});

test("the skeleton passes the project's lint rules", () => {
  const files = ["openapi.yaml", "workflows.arazzo.yaml"].map((file) => join(folder, file));
  execFileSync("redocly", ["lint", ...files, "--config", join(root, "redocly.yaml")], {
    env: { ...process.env, REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", REDOCLY_TELEMETRY: "off" },
    stdio: "pipe",
  });
});

test("the types and the client of the skeleton compile", async () => {
  const source = relative(build, join(root, "packages/client/src"));
  const client = generateClient("my-platform", document).replaceAll('from "../', `from "${source}/`);
  writeFileSync(join(build, "my-platform.d.ts"), await generateTypes("my-platform", document));
  writeFileSync(
    join(build, "use.ts"),
    `${client}
const job = await createMyPlatform({ auth: { bearerAuth: "x" } }).getJob({ path: { job_id: "job-7f3a" } });
if (job.status === 200) job.data.status satisfies "queued" | "running" | "completed" | "failed";
if (job.status === 404) job.error.message satisfies string;
`,
  );
  writeFileSync(
    join(build, "tsconfig.json"),
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: { paths: { "@artifetch/types/*": [join(build, "*.d.ts")] } },
    }),
  );
  expect(compile(build)).toBe("");
});

test("the mock of the skeleton passes every contract check", async () => {
  const fetch = createMockFetch(document);
  const schemes = Object.keys(document.components?.securitySchemes ?? {});
  const credentials = Object.fromEntries(schemes.map((scheme) => [scheme, "made-up"]));
  const report = await runToEnd(document, { baseUrl: "http://mock.test", fetch, credentials, prefer: true, seed: 1 });
  expect(report.findings).toEqual([]);
  expect(report.interrupted).toBeUndefined();
  expect(new Set(report.counts.map(({ check }) => check))).toEqual(
    new Set([
      "content_type_conformance",
      "example_conformance",
      "ignored_auth",
      "not_a_server_error",
      "positive_data_acceptance",
      "response_schema_conformance",
      "status_code_conformance",
      "undocumented_field",
      "unsupported_method",
    ]),
  );
});

test.each(["My-Api", "a_b", "../up", "-a", ""])("refuses the name %j and writes nothing", async (name) => {
  await expect(createApi(name, specs)).rejects.toThrow("cannot be an API name");
  expect(readdirSync(specs)).toEqual(["my-platform"]);
});

test("refuses a name that is taken and leaves the folder alone", async () => {
  await expect(createApi("my-platform", specs)).rejects.toThrow("specs/my-platform exists already. APIs: my-platform");
  expect(existsSync(join(folder, "openapi.yaml"))).toBe(true);
});

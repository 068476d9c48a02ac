import { createHash } from "node:crypto";
import { listOperations, type OpenApiDocument } from "@artifetch/document";
import { createMockFetch } from "@artifetch/mock-server";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readApis, toApi } from "../api.ts";
import { renderCollections } from "./collections.ts";
import { dereference, renderDocuments, renderIndex } from "./documents.ts";
import { readBaseUrl, renderLlms, renderSitemap } from "./llms.ts";
import { renderOperation } from "./operation-page.ts";

const document: OpenApiDocument = {
  openapi: "3.1.0",
  info: {
    title: "Jobs",
    version: "1",
    "x-checked": "2026-01-31",
    "x-generations": [{ name: "v1", path: "/jobs", stability: "beta" }],
  },
  servers: [{ url: "https://{host}", variables: { host: { default: "jobs.example" } } }],
  security: [{ key: [] }],
  paths: {
    "/jobs/{job_id}": {
      get: {
        operationId: "getJob",
        summary: "Get a job",
        description: "With its state.",
        "x-sources": ["https://docs.jobs.example/get"],
        "x-inferred": "seen in a client",
        parameters: [
          {
            name: "job_id",
            in: "path",
            required: true,
            description: "Opaque.",
            schema: { type: "string" },
            example: "a1",
          },
        ],
        responses: {
          "200": {
            description: "The job.",
            content: {
              "application/json": {
                schema: { $ref: "#/components/schemas/Job" },
                examples: { done: { value: { state: "done" } } },
              },
            },
          },
        },
      },
    },
  },
  components: {
    securitySchemes: { key: { type: "apiKey", in: "header", name: "Key", "x-env": "JOBS_KEY" } },
    schemas: {
      Job: {
        type: "object",
        required: ["state"],
        properties: {
          state: { $ref: "#/components/schemas/State", description: "Where it stands." },
          tags: { type: "array", items: { type: "string" }, "x-inferred": "a guess" },
        },
      },
      State: { type: "string", enum: ["running", "done"] },
    },
  },
};
const api = toApi("jobs", document);

test("a document is written bundled and dereferenced, as JSON and as YAML of the same content", async () => {
  const files = renderDocuments(api);
  const [bundled, bundledYaml, whole, wholeYaml] = files.map(({ path, content }) =>
    path.endsWith("yaml") ? parse(content) : JSON.parse(content),
  );
  expect(bundled).toEqual(document);
  expect(bundledYaml).toEqual(bundled);
  expect(wholeYaml).toEqual(whole);
  expect(files.map(({ path }) => path)).toEqual([
    "reference/jobs/openapi.json",
    "reference/jobs/openapi.yaml",
    "reference/jobs/openapi.dereferenced.json",
    "reference/jobs/openapi.dereferenced.yaml",
  ]);
});

test("a dereferenced document has no reference, and only the components that are needed by name", async () => {
  const whole = dereference(document);
  expect(JSON.stringify(whole)).not.toContain("$ref");
  expect(Object.keys(whole.components ?? {})).toEqual(["securitySchemes"]);
  expect(JSON.stringify(whole.paths)).toContain('"enum":["running","done"]');
});

test("a reference that leads in a circle stays, with the components", () => {
  const circle = structuredClone(document);
  const tree = { type: "object", properties: { child: { $ref: "#/components/schemas/Job" } } };
  if (circle.components) circle.components.schemas = { Job: tree };
  const whole = dereference(circle);
  expect(whole.components).toEqual(circle.components);
  expect(JSON.stringify(whole.paths)).toContain(`"schema":${JSON.stringify(tree)}`);
});

test("what stands beside a reference is kept, also where both demand something", () => {
  const extended = structuredClone(document);
  const beside = { $ref: "#/components/schemas/State", description: "Mine.", enum: ["done"] };
  if (extended.components?.schemas) extended.components.schemas.Job = { properties: { state: beside } };
  expect(JSON.stringify(dereference(extended).paths)).toContain(
    '"state":{"allOf":[{"type":"string","enum":["running","done"]},{"description":"Mine.","enum":["done"]}]}',
  );
});

test("the index has size and hash of every file", async () => {
  const files = renderDocuments(api);
  const { path, content } = renderIndex([api], new Map([[api.name, files]]));
  expect(path).toBe("documents.json");
  const [listed] = JSON.parse(content).apis;
  expect(listed).toMatchObject({ name: "jobs", checked: "2026-01-31", operations: 1 });
  expect(listed.files).toHaveLength(files.length);
  for (const [index, file] of files.entries()) {
    const bytes = Buffer.from(file.content);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    expect(listed.files[index]).toMatchObject({ path: file.path, bytes: bytes.length, sha256 });
  }
});

test("an operation's Markdown says everything that the document says of it", () => {
  const [operation] = listOperations(document);
  if (!operation) throw new Error("no operation");
  const { path, content } = renderOperation(api, operation);
  expect(path).toBe("reference/jobs/operations/getJob.md");
  expect(content).toBe(`# Get a job

\`GET /jobs/{job_id}\`

- API: Jobs (\`jobs\`), version 1
- Operation: \`getJob\`
- Stability: beta (v1)
- Credentials: \`key\`
- Reference: [Get a job](../index.html#getjob)
- Document: [openapi.json](../openapi.json), at \`#/paths/~1jobs~1{job_id}/get\`

With its state.

*Inferred: seen in a client*

## Parameters

- \`job_id\` (path, string, required): Opaque.

## Call

\`\`\`ts
import { unwrap } from "@artifetch/client";
import { createJobs } from "@artifetch/client/jobs";

// From the environment: JOBS_KEY
const client = createJobs();

const job = await unwrap(client.getJob({ path: { job_id: "a1" } }));
console.log(job);
\`\`\`

\`\`\`sh
curl "https://jobs.example/jobs/a1" \\
  -H "Key: $JOBS_KEY"
\`\`\`

## Responses

### 200

The job.

\`application/json\`

- \`state\` (string: \`running\`, \`done\`, required): Where it stands.
- \`tags\` (array of string, optional) *Inferred: a guess*

Example \`done\`:

\`\`\`json
{
  "state": "done"
}
\`\`\`

## Sources

- https://docs.jobs.example/get
`);
});

test("llms.txt begins with a title and a summary, and lists guides and operations", () => {
  const { content } = renderLlms([api], [{ title: "Testing", path: "guides/testing.md" }]);
  expect(content).toMatch(/^# Artifetch\n\n> /);
  expect(content).toContain("## Guides\n\n- [Testing](guides/testing.md)\n");
  expect(content).toContain("- [Get a job](reference/jobs/operations/getJob.md): `getJob`, `GET /jobs/{job_id}`");
});

test("a sitemap has absolute URLs, folders for index pages", () => {
  const [robots, sitemap] = renderSitemap(
    ["index.html", "guides/a&b.html", "guides/index.html"],
    "https://a.example/b/",
  );
  expect(robots?.content).toContain("Sitemap: https://a.example/b/sitemap.xml");
  expect([...(sitemap?.content ?? "").matchAll(/<loc>(.*?)<\/loc>/g)].map(([, url]) => url)).toEqual([
    "https://a.example/b/",
    "https://a.example/b/guides/a&amp;b.html",
    "https://a.example/b/guides/",
  ]);
});

test("without an address there is no sitemap", () => {
  expect(renderSitemap(["index.html"], undefined).map(({ path }) => path)).toEqual(["robots.txt"]);
});

test("the address ends with a slash; what is none is refused with what is taken", () => {
  expect(readBaseUrl("https://a.example/b")).toBe("https://a.example/b/");
  expect(readBaseUrl("")).toBeUndefined();
  for (const value of ["a.example", "file:///a", "https://a.example/?b"]) {
    expect(() => readBaseUrl(value)).toThrow(`DOCS_BASE_URL is "${value}"; it takes the absolute URL`);
  }
});

/** A request of either collection, as a program would send it. */
interface Sent {
  name: string;
  method: string;
  url: string;
  body: string | FormData | undefined;
  contentType: string | undefined;
}

function toForm(parts: readonly (readonly [string, string])[]): FormData {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  return form;
}

interface PostmanItem {
  name: string;
  item?: PostmanItem[];
  request?: {
    method: string;
    url: {
      path: string[];
      query?: { key: string; value: string | null; disabled?: boolean }[];
      variable?: { key: string; value: string }[];
    };
    header?: { key: string; value: string }[];
    body?: { raw?: string; formdata?: { key: string; value: string }[] };
  };
}

function listPostman(items: readonly PostmanItem[]): Sent[] {
  return items.flatMap(({ name, item, request }) => {
    if (item) return listPostman(item);
    if (!request) return [];
    const { url, header = [], method, body } = request;
    const values = new Map(url.variable?.map(({ key, value }) => [key, value]));
    const path = url.path.map((part) =>
      part.startsWith(":") ? encodeURIComponent(values.get(part.slice(1)) ?? part) : part,
    );
    const query = new URLSearchParams(
      (url.query ?? []).filter(({ disabled }) => !disabled).map(({ key, value }) => [key, value ?? ""]),
    );
    const form = body?.formdata && toForm(body.formdata.map(({ key, value }) => [key, value]));
    const contentType = form ? undefined : header.find(({ key }) => key === "Content-Type")?.value;
    return { name, method, url: `/${path.join("/")}?${query}`, body: form ?? body?.raw, contentType };
  });
}

interface BrunoItem {
  name: string;
  items?: BrunoItem[];
  request?: {
    url: string;
    method: string;
    params: { name: string; value: string; type: string; enabled: boolean }[];
    body: { mode: string; json: string | null; multipartForm: { name: string; value: string }[] };
  };
}

function listBruno(items: readonly BrunoItem[]): Sent[] {
  return items.flatMap(({ name, items: children, request }) => {
    if (children) return listBruno(children);
    if (!request) return [];
    const { method, params, body } = request;
    const path = params
      .filter(({ type }) => type === "path")
      .reduce(
        (url, param) => url.replace(`:${param.name}`, encodeURIComponent(param.value)),
        request.url.replace("{{baseUrl}}", ""),
      );
    const query = new URLSearchParams(
      params.filter(({ type, enabled }) => type === "query" && enabled).map((param) => [param.name, param.value]),
    );
    const form = body.mode === "multipartForm" && toForm(body.multipartForm.map((part) => [part.name, part.value]));
    const json = body.mode === "json" ? (body.json ?? "") : undefined;
    const contentType = json === undefined ? undefined : "application/json";
    return { name, method, url: `${path.split("?")[0]}?${query}`, body: form || json, contentType };
  });
}

describe.each((await readApis()).map((one) => ({ name: one.name, one })))(
  "collections of $name",
  async ({ name, one }) => {
    const files = await renderCollections(one);
    const [postman, bruno] = files.map(({ content }) => JSON.parse(content));

    test("they hold every operation", () => {
      const summaries = one.operations.map(({ summary, id }) => summary ?? id).sort();
      expect(
        listPostman(postman.item)
          .map((sent) => sent.name)
          .sort(),
      ).toEqual(summaries);
      expect(listBruno(bruno.items)).toHaveLength(summaries.length);
    });

    test("they are the same bytes each time", async () => {
      expect((await renderCollections(one)).map(({ content }) => content)).toEqual(files.map(({ content }) => content));
    });

    test.each(["postman", "bruno"] as const)(
      "the requests of the collection for %s are ones that the document takes",
      async (kind) => {
        const mock = createMockFetch(name);
        const refused: string[] = [];
        for (const sent of kind === "postman" ? listPostman(postman.item) : listBruno(bruno.items)) {
          const response = await mock(`http://mock.example${sent.url}`, {
            method: sent.method,
            headers: { ...credentialsOf(one), ...(sent.contentType && { "content-type": sent.contentType }) },
            ...(sent.body !== undefined && sent.method !== "GET" && { body: sent.body }),
          });
          if (!response.ok)
            refused.push(`${sent.name}: ${response.status} ${sent.method} ${sent.url} ${await response.text()}`);
        }
        expect(refused).toEqual([]);
      },
    );
  },
);

/** Something for every header that a security scheme of the document asks for. */
function credentialsOf({ document: { components } }: { document: OpenApiDocument }): Record<string, string> {
  const schemes = Object.values(components?.securitySchemes ?? {});
  return Object.fromEntries(
    schemes.map((scheme) =>
      scheme.type === "apiKey" && scheme.in === "header"
        ? [String(scheme.name), "any"]
        : ["authorization", "Bearer any"],
    ),
  );
}

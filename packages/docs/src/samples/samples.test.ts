import { listOperations, type OpenApiDocument } from "@artifetch/document";
import { expect, test } from "vitest";
import { createSamples, withSamples } from "./samples.ts";

const job = { properties: { state: { "x-job-states": { order: ["queued", "done"], terminal: ["done", "failed"] } } } };
const json = (example?: unknown, schema?: object) => ({ content: { "application/json": { example, schema } } });

const toDocument = (paths: OpenApiDocument["paths"] = {}): OpenApiDocument => ({
  openapi: "3.1.0",
  info: { title: "Jobs", version: "1" },
  servers: [{ url: "https://{site}/", variables: { site: { default: "jobs.dev" } }, "x-env": "JOBS_URL" } as never],
  security: [{ key: [] }],
  components: { securitySchemes: { key: { type: "http", scheme: "bearer", "x-env": "JOBS_KEY" } } },
  paths,
});

function createFor(path: string, method: string, operation: object) {
  const document = toDocument({ [path]: { [method]: { operationId: "listJobs", ...operation } } });
  const [sample] = createSamples({ name: "my-jobs", document, operations: listOperations(document) });
  // What stands after the client is what differs.
  return { ...sample, code: sample?.typescript.split("createMyJobs();\n\n")[1] };
}

test("a sample makes a client and says what it reads from the environment", () => {
  expect(createFor("/jobs", "get", { operationId: "listJobs", responses: { 200: json([]) } }).typescript).toBe(
    `import { unwrap } from "@artifetch/client";
import { createMyJobs } from "@artifetch/client/my-jobs";

// From the environment: JOBS_KEY, JOBS_URL
const client = createMyJobs();

const jobs = await unwrap(client.listJobs());
console.log(jobs);`,
  );
});

test("a curl line calls the default server with the same values", () => {
  const parameters = [{ name: "state", in: "query", example: "done" }];
  const { code, curl } = createFor("/jobs", "get", { parameters, responses: { 200: json([]) } });
  expect(code).toContain('client.listJobs({ query: { state: "done" } })');
  expect(curl).toBe('curl "https://jobs.dev/jobs?state=done" \\\n  -H "Authorization: Bearer $JOBS_KEY"');
});

test("a list is gone through, a page's number and size left to the helper", () => {
  const parameters = [
    { name: "page", in: "query", example: 1 },
    { name: "size", in: "query", example: 2 },
  ];
  const pagination = { style: "page", items: "", parameter: "page", sizeParameter: "size" };
  const operation = { parameters, "x-pagination": pagination, responses: { 200: json([]) } };
  expect(createFor("/jobs", "get", operation).code).toBe(
    "for await (const job of paginate(client.listJobs)) {\n  console.log(job);\n}",
  );
});

test("a job is waited for where the first example has ended, else it is read once", () => {
  const get = (state: string) => createFor("/job", "get", { responses: { 200: json({ state }, job) } }).code;
  expect(get("done")).toContain("await waitFor(client.listJobs, {});");
  expect(get("queued")).toContain("await unwrap(client.listJobs());");
});

test("bytes are saved, to the same file by both languages", () => {
  const responses = { 200: { content: { "application/zip": {} } } };
  const { code, curl } = createFor("/logs", "get", { responses });
  expect(code).toContain('await saveTo("logs.zip", (request) =>\n  client.listJobs({ ...request }),\n);');
  expect(curl).toMatch(/ \\\n {2}--output logs\.zip$/);
});

test("what is done narrows on ok, and what answers nothing is unwrapped", () => {
  const requestBody = { content: { "application/json": { example: { name: "a" } } } };
  const post = (response: object) => createFor("/jobs", "post", { requestBody, responses: { 201: response } }).code;
  expect(post(json({}))).toBe(`const answer = await client.listJobs({ body: { name: "a" } });
if (answer.ok) console.log(answer.data);
else console.error(answer.status, answer.error);`);
  expect(post({})).toBe('await unwrap(client.listJobs({ body: { name: "a" } }));');
});

test("a form is made of its parts", () => {
  const schema = { properties: { file: { contentMediaType: "text/plain" } } };
  const content = { "multipart/form-data": { schema, example: { file: "text", note: "n" } } };
  const { code, curl } = createFor("/files", "post", { requestBody: { content }, responses: { 204: {} } });
  expect(code).toBe(`const form = new FormData();
form.set("file", new Blob(["text"]), "file");
form.set("note", "n");
await unwrap(client.listJobs({ body: form }));`);
  expect(curl).toContain("-F 'file=\"text\";filename=file;type=application/octet-stream'");
});

test("an operation whose example makes no sample is named", () => {
  const requestBody = { content: { "application/x-tar": { example: { not: "bytes" } } } };
  expect(() => createFor("/files", "put", { requestBody, responses: {} })).toThrow(
    "my-jobs: listJobs has no sample: its body (application/x-tar) has no example that can be sent",
  );
});

test("samples stand in the document; an operation that lacks one in a language is named", () => {
  const document = toDocument({ "/jobs": { get: { operationId: "listJobs", responses: {} } } });
  const operations = listOperations(document);
  const samples = createSamples({ name: "my-jobs", document, operations });
  expect(withSamples(document, operations, samples).paths?.["/jobs"]?.get).toMatchObject({
    "x-codeSamples": [
      { lang: "TypeScript", label: "TypeScript", source: samples[0]?.typescript },
      { lang: "Shell", label: "curl", source: samples[0]?.curl },
    ],
  });
  expect(() => withSamples(document, operations, [])).toThrow("listJobs has no sample in TypeScript");
  const [first] = samples;
  expect(() => withSamples(document, operations, first ? [{ ...first, curl: "" }] : [])).toThrow(
    "listJobs has no sample in curl",
  );
});

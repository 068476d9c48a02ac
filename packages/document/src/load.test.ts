import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { listOperations } from "./document.ts";
import { DocumentError, listApis, loadDocument } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "artifetch-document-"));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const minimal = 'openapi: 3.1.0\ninfo: { title: A b, version: "1" }\n';

test("loads every bundled API by name, with operations and without outside references", async () => {
  expect(listApis().length).toBeGreaterThan(0);
  for (const api of listApis()) {
    const { name, document } = await loadDocument(api);
    expect(name).toBe(api);
    expect(listOperations(document).length).toBeGreaterThan(0);
    expect(JSON.stringify(document).match(/"\$ref":"(?!#)[^"]*"/)).toBeNull();
  }
});

test("bundles references to other files into components", async () => {
  write("Run.yaml", "type: object\nproperties: { id: { type: string } }\n");
  const path = write(
    "my.api.yaml",
    `${minimal}paths:
  /runs:
    get:
      responses:
        "200": { description: OK, content: { application/json: { schema: { $ref: Run.yaml } } } }
`,
  );
  const { name, document, files } = await loadDocument(path);
  expect(name).toBe("my-api");
  expect(files).toEqual([path, join(folder, "Run.yaml")]);
  expect(document.components?.schemas?.Run).toEqual({ type: "object", properties: { id: { type: "string" } } });
});

test("reads JSON whose references lead into itself as it is written", async () => {
  const document = {
    openapi: "3.1.0",
    info: { title: "A", version: "1" },
    paths: { "/a": { get: { responses: { 200: { $ref: "#/components/responses/A" } } } } },
    components: { responses: { A: { description: "A" } }, schemas: { Unused: {} } },
  };
  const path = write("self.json", JSON.stringify(document));
  expect(await loadDocument(path)).toEqual({ name: "self", document, source: path, files: [path] });
});

test("bundles JSON that refers to other files, and says where a reference leads nowhere", async () => {
  write("A.json", '{ "description": "A" }');
  const refer = (reference: string) =>
    `{ "openapi": "3.1.0", "info": { "title": "A", "version": "1" },
      "paths": { "/a": { "get": { "responses": { "200": { "$ref": "${reference}" } } } } } }`;
  const { document, files } = await loadDocument(write("split.json", refer("A.json")));
  expect(document.components?.responses?.A).toEqual({ description: "A" });
  expect(files).toHaveLength(2);
  await expect(loadDocument(write("dangling.json", refer("#/components/responses/A")))).rejects.toThrow(
    /dangling\.json:2: Can't resolve \$ref/,
  );
});

test("reads a document from a URL, and names one that is not there", async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/a.yaml" ? 200 : 404;
    response.end(minimal);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect((await loadDocument(`${url}/a.yaml`)).name).toBe("a");
  await expect(loadDocument(`${url}/b.yaml`)).rejects.toThrow(/b\.yaml: cannot be read: .*404/s);
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
  await expect(loadDocument(`${url}/a.yaml`)).rejects.toThrow(/a\.yaml: cannot be read: .*(ECONNREFUSED|closed)/s);
});

test("takes a parsed document and names it by its title", async () => {
  expect(await loadDocument({ openapi: "3.0.3", info: { title: "A b", version: "1" } })).toMatchObject({ name: "a-b" });
});

test.each([
  [
    "bad-yaml.yaml",
    "openapi: 3.1.0\ninfo:\n  title: x\n  - bad\n",
    /bad-yaml\.yaml:4:3: does not parse: bad indentation/,
  ],
  ["bad-json.json", '{"openapi": "3.0.0",,}', /bad-json\.json:1:21: does not parse/],
  ["text.yaml", "hello\n", /text\.yaml: is not an OpenAPI 3\.x document: Document must be JSON object, got string/],
  [
    "two.yaml",
    'swagger: "2.0"\ninfo: { title: x, version: "1" }\n',
    /two\.yaml: is not an OpenAPI 3\.x document: found "swagger: 2\.0"/,
  ],
  ["none.yaml", "title: x\n", /none\.yaml: is not an OpenAPI 3\.x document: Unsupported specification/],
  [
    "four.yaml",
    "openapi: 4.0.0\ninfo: {}\n",
    /four\.yaml: is not an OpenAPI 3\.x document: Unsupported OpenAPI version: 4\.0\.0/,
  ],
  [
    "dangling.yaml",
    `${minimal}paths:\n  /a:\n    $ref: ./gone.yaml\n`,
    /dangling\.yaml:5: Can't resolve \$ref.*\(at #\/paths\/~1a\)/,
  ],
])("refuses %s and says where and why", async (name, text, message) => {
  const error = await loadDocument(write(name, text)).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DocumentError);
  expect((error as Error).message).toMatch(message);
});

test("names the files that a document which cannot be read was looked for in, the missing one included", async () => {
  const path = write("half.yaml", `${minimal}paths:\n  /a:\n    $ref: ./not-yet.yaml\n`);
  const error = await loadDocument(path).catch((reason: unknown) => reason);
  expect((error as DocumentError).files).toEqual([path, join(folder, "not-yet.yaml")]);
  const broken = write("broken.yaml", "openapi: [\n");
  const syntax = await loadDocument(broken).catch((reason: unknown) => reason);
  expect((syntax as DocumentError).files).toEqual([broken]);
});

test("refuses a name that is neither an API nor a file, and says which APIs there are", async () => {
  const error = await loadDocument("no-such-api").catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DocumentError);
  expect((error as Error).message).toContain('"no-such-api" is neither an API nor a file');
  for (const api of listApis()) expect((error as Error).message).toContain(api);
});

test.each(listApis())("of a name that is nearly %s, says so", async (api) => {
  const error = await loadDocument(`${api}s`).catch((reason: unknown) => reason);
  expect((error as Error).message).toContain(`"${api}s" is neither an API nor a file. Did you mean ${api}`);
});

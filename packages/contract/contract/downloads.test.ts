/** Every operation of every API that can answer with bytes, saved to disk from the mock server over a real socket. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createApi, type UntypedApi } from "@artifetch/client";
import { defineApi, kindOf } from "@artifetch/client/definition";
import { type DownloadRequest, saveTo } from "@artifetch/client/node";
import { listOperations, type OpenApiDocument, type Operation, sampleParameter } from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { startMockServer } from "@artifetch/mock-server";
import { afterAll, describe, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "artifetch-downloads-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Download {
  operation: Operation;
  mediaType: string;
  example: string;
  value: unknown;
}

/** A row for each example of a body of bytes. */
function listDownloads(document: OpenApiDocument): Download[] {
  return listOperations(document).flatMap((operation) =>
    Object.entries(operation.responses)
      .filter(([status]) => /^2/.test(status))
      .flatMap(([, { content }]) => Object.entries(content ?? {}))
      .filter(([mediaType]) => kindOf(mediaType) === "b")
      .flatMap(([mediaType, { examples = {} }]) =>
        Object.entries(examples).map(([example, { value }]) => ({ operation, mediaType, example, value })),
      ),
  );
}

function toArgument(document: OpenApiDocument, operation: Operation): Record<string, Record<string, unknown>> {
  const needed = operation.parameters.filter(({ in: place, required }) => place === "path" || required);
  return Object.fromEntries(
    ["path", "query", "header", "cookie"].map((place) => [
      place,
      Object.fromEntries(
        needed
          .filter((parameter) => parameter.in === place)
          .map((parameter) => [parameter.name, sampleParameter(document, parameter)]),
      ),
    ]),
  );
}

const documents = await Promise.all(listApis().map((api) => loadDocument(api)));

test("there is something to download", () => {
  expect(documents.flatMap(({ document }) => listDownloads(document)).length).toBeGreaterThan(0);
});

const withDownloads = documents.filter(({ document }) => listDownloads(document).length > 0);

describe.each(withDownloads)("$name", async ({ name, document }) => {
  const downloads = listDownloads(document);
  const server = await startMockServer({ targets: [name], port: 0 });
  afterAll(() => server.close());
  const auth = Object.fromEntries(
    Object.keys(document.components?.securitySchemes ?? {}).map((scheme) => [scheme, "credential"]),
  );
  const api = createApi<UntypedApi>(defineApi(document, listOperations(document)), { baseUrl: server.url, auth });

  test.each(
    downloads.map((download) => [`${download.operation.id} ${download.mediaType} ${download.example}`, download]),
  )("%s is saved byte by byte, under a name of one segment", async (_, download) => {
    const { operation, mediaType, example, value } = download as Download;
    const target = mkdtempSync(join(folder, "target-"));
    const call = ({ headers, signal }: DownloadRequest) => {
      const method = api[operation.id];
      if (!method) throw new Error(`The client has no ${operation.id}`);
      const preferences = { accept: mediaType, prefer: `code=200, example=${example}` };
      return method({ ...toArgument(document, operation), headers: { ...headers, ...preferences }, signal });
    };
    const { path, bytes, resumes } = await saveTo(target, call);
    const saved = readFileSync(path);
    // Bytes above 127 stand in an example as one character each; a server may send that as one byte or as UTF-8.
    const meant = (["utf8", "latin1"] as const).map((encoding) => Buffer.from(String(value), encoding).toString("hex"));
    expect(meant).toContain(saved.toString("hex"));
    expect([bytes, resumes, readdirSync(target)]).toEqual([saved.length, 0, [basename(path)]]);
  });
});

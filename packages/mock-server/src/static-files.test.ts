import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { readStaticFile } from "./static-files.ts";

const site = fileURLToPath(new URL("../fixtures/site", import.meta.url));

async function read(path: string, folder = site): Promise<[number, string | undefined, string]> {
  const { status, headers, body } = await readStaticFile(folder, path);
  return [status, String(headers["content-type"] ?? headers.location), new TextDecoder().decode(body)];
}

test("a file has the type of its extension", async () => {
  expect(await read("/style.css")).toEqual([200, "text/css; charset=utf-8", "body{}\n"]);
  expect(await read("/empty/note.unknown")).toEqual([200, "application/octet-stream", "none\n"]);
});

test("a folder is its index.html", async () => {
  expect(await read("/")).toEqual([200, "text/html; charset=utf-8", "<h1>Site</h1>\n"]);
  expect(await read("/guide/")).toEqual([200, "text/html; charset=utf-8", "<h1>Guide</h1>\n"]);
});

test("a folder without its slash is a redirect that stays on this server", async () => {
  expect(await read("/guide")).toEqual([308, "./guide/", ""]);
  expect(await read("//guide")).toEqual([308, "./guide/", ""]);
});

for (const path of ["/nothing.html", "/empty/", "/style.css/", "/index.html/x", "/%ZZ", "/a%00b"]) {
  test(`there is no page at ${path}`, async () => {
    expect((await read(path)).slice(0, 2)).toEqual([404, "application/problem+json"]);
  });
}

test("nothing outside the folder is read, and nothing hidden in it", async () => {
  const paths = [
    "/../service.yaml",
    "/..%2fservice.yaml",
    "/%2e%2e/service.yaml",
    "/guide/..%2f..%2fservice.yaml",
    "/..%5cservice.yaml",
    "/.hidden",
    "/%2ehidden",
  ];
  for (const path of paths) expect((await read(path))[0], path).toBe(404);
});

test("a symbolic link out of the folder is not followed, one inside is", async () => {
  const folder = await mkdtemp(join(tmpdir(), "site-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "site"));
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(folder, "site", "page.txt"), "page");
  await symlink(join(folder, "secret.txt"), join(folder, "site", "out.txt"));
  await symlink(join(folder, "site", "page.txt"), join(folder, "site", "in.txt"));
  expect((await read("/out.txt", join(folder, "site")))[0]).toBe(404);
  expect(await read("/in.txt", join(folder, "site"))).toEqual([200, "text/plain; charset=utf-8", "page"]);
});

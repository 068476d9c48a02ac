import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { checkLinks, findDeadLinks } from "./links.ts";

const folders: string[] = [];

afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

async function write(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "artifetch-links-"));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

const findIn = async (files: Record<string, string>) => findDeadLinks(await write(files));

test("links that lead somewhere are not reported", async () => {
  const page = `<h1 id="top(a)">A</h1><a href="b/c.html#x%20y">1</a><a href="#top(a)">2</a><a href="#">3</a><img src="b/d.svg">
    <a href="https://example.com/none">4</a><a href="mailto:a@b.example">5</a><a href="b/e.md#a-heading">6</a>`;
  const files = {
    "b/c.html": '<p id="x y"></p><a href="../a.html">back</a>',
    "b/d.svg": "",
    "b/e.md": "# A heading\n",
  };
  expect(await findIn({ "a.html": page, ...files })).toEqual([]);
});

test("a link to a file that is not there is reported with its page", async () => {
  expect(await findIn({ "guides/a.html": '<a href="../b.html">b</a>' })).toEqual([
    'guides/a.html: "../b.html": there is no file b.html',
  ]);
});

test("a link to a heading that is not there is reported", async () => {
  expect(await findIn({ "a.html": '<a href="b.html#gone">b</a>', "b.html": '<p id="here"></p>' })).toEqual([
    'a.html: "b.html#gone": b.html has no id gone',
  ]);
});

test("a script or image that is not there is reported", async () => {
  expect(await findIn({ "a.html": '<script src="x.js"></script>' })).toEqual(['a.html: "x.js": there is no file x.js']);
});

test("a link that works at the root of a host only is reported", async () => {
  expect(await findIn({ "a.html": '<a href="/a.html">a</a>' })).toEqual([
    'a.html: "/a.html": begins with a slash, so it does not work under a prefix',
  ]);
});

test("a route of Redoc is checked by the id at its end", async () => {
  const page =
    '<p id="jobs/list/request"></p><a href="#/jobs/list#jobs/list/request">1</a><a href="#/jobs/list#gone">2</a>';
  expect(await findIn({ "a.html": page })).toEqual(['a.html: "#/jobs/list#gone": a.html has no id gone']);
});

test("links of Markdown files are checked, those in code are not", async () => {
  const source = "[a](a.md) [b](b.md#c)\n\n`[x](y.md)`\n\n```\n[x](y.md)\n```\n";
  expect(await findIn({ "llms.txt": source, "b.md": "# B\n" })).toEqual([
    'llms.txt: "a.md": there is no file a.md',
    'llms.txt: "b.md#c": b.md has no id c',
  ]);
});

test("the check of a site fails with every dead link by name", async () => {
  const folder = await write({ "a.html": '<a href="b.html">b</a><a href="#c">c</a>' });
  await expect(checkLinks(folder)).rejects.toThrow(
    '2 dead link(s):\na.html: "b.html": there is no file b.html\na.html: "#c"',
  );
});

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { renderArticle, type Site, toMarkdownCopy } from "./articles.ts";
import { type MarkdownDocument, readDocuments } from "./documents.ts";
import { createMarkdown } from "./markdown.ts";

const render = await createMarkdown();
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "artifetch-documents-"));
});

afterEach(() => rm(root, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  const all = { "docs/guides/README.md": "# Guides\n", "CHANGELOG.md": "# Changes\n", "README.md": "# R\n", ...files };
  for (const [path, content] of Object.entries(all)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

const toSite = (documents: readonly MarkdownDocument[]): Site => ({
  root,
  documents,
  toFilePath: (file) => `files/${file}`,
  toWorkflow: (name) => {
    throw new Error(`there is no workflow "${name}"`);
  },
});

test("what guides lead to becomes a page, in the order of the links; the rest does not", async () => {
  await write({
    "docs/guides/README.md": "[b](b.md) [a](a.md#x) [p](../../packages/p/README.md)\n",
    "docs/guides/a.md": "[b](b.md)\n",
    "docs/guides/b.md": "# B\n",
    "docs/guides/c.md": "# C\n",
    "packages/p/README.md": "[back](../../README.md) [d](./D.md)\n",
    "packages/p/D.md": "# D\n",
  });
  expect((await readDocuments(root)).map(({ page }) => page)).toEqual([
    "guides/index.html",
    "changelog.html",
    "project/index.html",
    "guides/b.html",
    "guides/a.html",
    "project/packages/p/index.html",
    "project/packages/p/D.html",
  ]);
});

test("a link to a file that is not there fails with document and link", async () => {
  await write({ "README.md": "[a](docs/gone.md)\n" });
  await expect(readDocuments(root)).rejects.toThrow(
    'README.md: the link "docs/gone.md" leads to no file of the repository',
  );
});

test("a link to a folder or out of the repository fails", async () => {
  await write({ "README.md": "[a](docs)\n" });
  await expect(readDocuments(root)).rejects.toThrow('"docs" leads to no file');
  await write({ "README.md": "[a](../x.md)\n" });
  await expect(readDocuments(root)).rejects.toThrow('"../x.md" leads to no file');
});

test("links lead to pages, and to files of the site where there is no page; copies lead to Markdown", async () => {
  await write({
    "docs/guides/README.md": "[r](../../README.md#x) [l](../../LICENSE) `[r](../../README.md)`\n",
    LICENSE: "",
  });
  const documents = await readDocuments(root);
  const [guides] = documents;
  if (!guides) throw new Error("no documents");
  const { html } = renderArticle(guides, toSite(documents), render);
  expect(html).toContain('<a href="../project/index.html#x">r</a> <a href="../files/LICENSE">l</a>');
  expect(toMarkdownCopy(guides, toSite(documents))).toContain("[r](../project/index.md#x) [l](../files/LICENSE) `");
});

test("a workflow that is not there fails with the document's name", async () => {
  await write({ "docs/guides/README.md": "<!-- workflow: a/gone -->\n" });
  const documents = await readDocuments(root);
  const [guides] = documents;
  if (!guides) throw new Error("no documents");
  expect(() => renderArticle(guides, toSite(documents), render)).toThrow(
    'docs/guides/README.md: there is no workflow "a/gone"',
  );
});

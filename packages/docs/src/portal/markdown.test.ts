import { expect, test } from "vitest";
import { createMarkdown, isAbsolute, listTargets } from "./markdown.ts";

const render = await createMarkdown();
const surroundings = { toUrl: (target: string) => `to:${target}`, toWorkflow: (name: string) => `<b>${name}</b>` };

test("headings get the ids that GitHub gives them, each once", () => {
  const { sections, title } = render("# A `b` & c\n\n## Same\n\n## Same\n", surroundings);
  expect(sections.map(({ id, level }) => `${level} ${id}`)).toEqual(["1 a-b--c", "2 same", "2 same-1"]);
  expect(title).toBe("A b & c");
});

test("a section's text is what stands up to the next heading, without code blocks", () => {
  const { sections } = render(
    "# A\n\nOne *two*.\n\n```ts\nconst three = 3;\n```\n\n## B\n\nFour `five`.\n",
    surroundings,
  );
  expect(sections.map(({ text }) => text)).toEqual(["One two .", "Four five ."]);
});

test("code is highlighted for light and dark, without scripts", () => {
  const { html } = render("```ts\nconst a = 1;\n```\n", surroundings);
  expect(html).toMatch(/<span style="color:light-dark\(#[0-9A-F]{6}, ?#[0-9A-F]{6}\)[^"]*">const<\/span>/i);
});

test("a language that is not known is shown as it is", () => {
  expect(render("```brainfuck\n<+>\n```\n", surroundings).html).toContain("&#x3C;+>");
});

test("relative links and images are led by their surroundings, absolute ones and fragments stay", () => {
  const { html } = render("[a](b.md#c) ![d](e.png) [f](https://g.example/) [h](#i)\n", surroundings);
  expect([...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, url]) => url)).toEqual([
    "to:b.md#c",
    "to:e.png",
    "https://g.example/",
    "#i",
  ]);
});

test("a workflow stands where its comment is, other comments stay", () => {
  const { html } = render("<!-- workflow: a/b -->\n\n<!-- workflow of a kind -->\n", surroundings);
  expect(html).toBe("<b>a/b</b><!-- workflow of a kind -->\n");
});

test("a wide table can be scrolled with the keyboard", () => {
  expect(render("| a |\n| - |\n| b |\n", surroundings).html).toMatch(/^<div class="table" tabindex="0"><table>/);
});

test("targets are listed without those in code", () => {
  expect(listTargets("[a](b.md) ![c](d.png) `[e](f.md)` <https://g.example/>\n")).toEqual([
    "b.md",
    "d.png",
    "https://g.example/",
  ]);
});

test("a URL with a scheme, of a host or of the page itself is absolute", () => {
  expect(["https://a", "mailto:a", "//a", "#a"].map(isAbsolute)).toEqual([true, true, true, true]);
  expect(["a.md", "../a", "a/b:c"].map(isAbsolute)).toEqual([false, false, false]);
});

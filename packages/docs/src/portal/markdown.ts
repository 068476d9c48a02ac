import Slugger from "github-slugger";
import MarkdownIt, { type MarkdownIt as Parser, type Token } from "markdown-it";
import { createHighlighter, type Highlighter } from "shiki";
import { escapeHtml, toText } from "../html.ts";

/** A heading of a rendered page, and the text below it up to the next heading. */
export interface Section {
  /** 1 to 6. */
  level: number;
  /** Fragment, made as GitHub makes it, so that links work in both places. */
  id: string;
  title: string;
  /** Plain text, without code blocks. */
  text: string;
}

export interface Rendered {
  html: string;
  /** Text of the first heading. */
  title: string;
  sections: Section[];
}

/** What a document needs of its surroundings. */
export interface Surroundings {
  /** The URL to write for a link or image target that is neither absolute nor a mere fragment. */
  toUrl(target: string): string;
  /** HTML in place of `<!-- workflow: <api>/<workflowId> -->`. */
  toWorkflow(name: string): string;
}

/** Renders Markdown in one go, code highlighted: pages need no script for it. */
export type RenderMarkdown = (source: string, surroundings: Surroundings) => Rendered;

const languages = ["bash", "json", "sh", "shell", "ts", "yaml"];
/** Contrast of at least 7:1, in light and in dark. */
const themes = { light: "github-light-high-contrast", dark: "github-dark-high-contrast" };

export async function createMarkdown(): Promise<RenderMarkdown> {
  const highlighter = await createHighlighter({ langs: languages, themes: Object.values(themes) });
  return (source, surroundings) => render(source, surroundings, highlighter);
}

/** Targets of links and images in a Markdown text, as they are written. */
export function listTargets(source: string): string[] {
  const tokens = new MarkdownIt({ html: true }).parse(source, {}).flatMap(({ children }) => children ?? []);
  return tokens.flatMap((token) => readAttribute(token, "href") ?? readAttribute(token, "src") ?? []);
}

function readAttribute(token: Token, name: string): string | undefined {
  const value = token.attrGet(name);
  return typeof value === "string" ? value : undefined;
}

/** Whether a target leads out of the repository, or stays on its page. */
export function isAbsolute(target: string): boolean {
  return /^([a-z][a-z0-9+.-]*:|\/\/|#)/i.test(target);
}

function render(source: string, surroundings: Surroundings, highlighter: Highlighter): Rendered {
  const sections: Section[] = [];
  const markdown = createParser(surroundings, highlighter, sections);
  const html = markdown.render(source);
  fillTexts(html, sections);
  return { html, title: sections[0]?.title ?? "", sections };
}

function createParser(surroundings: Surroundings, highlighter: Highlighter, sections: Section[]): Parser {
  const slugger = new Slugger();
  const markdown = new MarkdownIt({
    html: true,
    highlight: (code, language) => highlight(highlighter, code, language),
  });
  const { rules } = markdown.renderer;
  rules.heading_open = (tokens, index) => {
    const title = tokens[index + 1]?.children?.map(({ content }) => content).join("") ?? "";
    const level = Number(tokens[index]?.tag.slice(1));
    const id = slugger.slug(title);
    sections.push({ level, id, title, text: "" });
    return `<h${level} id="${escapeHtml(id)}">`;
  };
  rules.heading_close = (tokens, index) => {
    const { id = "", title = "", level } = sections.at(-1) ?? {};
    const anchor = `<a class="anchor" href="#${escapeHtml(id)}" aria-label="Link to ${escapeHtml(title)}">#</a>`;
    return `${level === 1 ? "" : ` ${anchor}`}</${tokens[index]?.tag}>\n`;
  };
  // Wide tables scroll by themselves, with the keyboard, too.
  rules.table_open = () => `<div class="table" tabindex="0"><table>\n`;
  rules.table_close = () => "</table></div>\n";
  rules.html_block = (tokens, index) => {
    const content = tokens[index]?.content ?? "";
    const [, name] = /^<!--\s*workflow:\s*(\S+)\s*-->\s*$/.exec(content) ?? [];
    return name === undefined ? content : surroundings.toWorkflow(name);
  };
  markdown.core.ruler.push("targets", ({ tokens }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      for (const attribute of ["href", "src"]) {
        const target = readAttribute(token, attribute);
        if (target !== undefined && !isAbsolute(target)) token.attrSet(attribute, surroundings.toUrl(target));
      }
    }
  });
  return markdown;
}

function highlight(highlighter: Highlighter, code: string, language: string): string {
  const lang = languages.includes(language) ? language : "text";
  return highlighter.codeToHtml(code.trimEnd(), { lang, themes, defaultColor: "light-dark()" });
}

/** The text between one heading and the next, from the HTML: what a reader reads, and thus looks for. */
function fillTexts(html: string, sections: Section[]): void {
  const parts = html.replaceAll(/<(pre|svg)\b.*?<\/\1>/gs, " ").split(/<h[1-6] id="[^"]*">.*?<\/h[1-6]>/s);
  for (const [index, section] of sections.entries()) section.text = toText(parts[index + 1] ?? "").trim();
}

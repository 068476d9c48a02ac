/** An answer as elements. */
import { drawChart } from "./chart.ts";
import { element } from "./elements.ts";
import type { Exchange } from "./exchange.ts";
import { limits, toViews, type View } from "./views.ts";

/**
 * @param charts pointers of the series in the body.
 * @param address of the body as a file, for the download.
 */
export function showAnswer(
  exchange: Exchange,
  charts: readonly string[],
  operationId: string,
  address: string,
): Node[] {
  const { bytes, headers, isCutOff, complaint } = exchange;
  const find = (name: string) => headers.find(([key]) => key === name)?.[1] ?? "";
  const contentType = find("content-type");
  const givenName = /filename="?([^";]+)/i.exec(find("content-disposition"))?.[1] ?? "";
  const views = toViews({ bytes, contentType, fileName: givenName }, exchange.status < 300 ? charts : []);
  const download = givenName || `${operationId}${toExtension(contentType)}`;
  return [
    element("p", { class: "sent" }, element("code", {}, `${exchange.method} ${exchange.url}`)),
    ...warn(isCutOff, `The body was cut off after ${bytes.length} bytes.`),
    ...warn(complaint !== "", `Not what the document says. The client throws ${complaint}`),
    showHeaders(headers),
    ...views.flatMap(showView),
    bytes.length > 0
      ? element("p", {}, element("a", { href: address, download }, `Download the body (${writeSize(bytes.length)})`))
      : element("p", {}, "The body is empty."),
  ];
}

/** `200 OK · 12 ms · 1.2 kB` */
export function summarize({ status, statusText, durationMs, bytes }: Exchange): string {
  return `${`${status} ${statusText}`.trim()} · ${Math.round(durationMs)} ms · ${writeSize(bytes.length)}`;
}

function warn(applies: boolean, text: string): Node[] {
  return applies ? [element("p", { class: "warning" }, text)] : [];
}

function showHeaders(headers: Exchange["headers"]): Node {
  const rows = headers.map(([name, value]) =>
    element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value)),
  );
  return element(
    "details",
    {},
    element("summary", {}, `${headers.length} headers`),
    scrollable("Headers", element("table", {}, element("tbody", {}, ...rows))),
  );
}

function showView(view: View): Node[] {
  switch (view.kind) {
    case "chart":
      return [element("figure", {}, drawChart(view), caption("Line", view.label))];
    case "image":
      return [element("figure", {}, showImage(view.url), caption("Image", view.label))];
    case "table":
      return [showTable(view)];
    case "text":
      return [
        scrollable("Body as text", element("pre", {}, view.text)),
        ...cut(view.total > limits.characters, `${limits.characters} of ${view.total} characters`),
      ];
    case "bytes":
      return [
        scrollable("First bytes", element("pre", {}, view.text)),
        ...cut(view.total > limits.bytes, `${limits.bytes} of ${view.total} bytes`),
      ];
  }
}

function showImage(url: string): Node {
  const image = element("img", { src: url, alt: "Image in the answer" });
  image.addEventListener("error", () => image.replaceWith("These bytes are no image that the browser can draw."));
  return image;
}

function showTable({ label, columns, rows, total }: Extract<View, { kind: "table" }>): Node {
  const head = element("tr", {}, ...columns.map((name) => element("th", { scope: "col" }, name)));
  const body = rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell))));
  const count = rows.length < total ? `the first ${rows.length} of ${total} rows` : `${total} rows`;
  const title = `Table${label && ` at ${label}`}: ${count}`;
  return scrollable(
    title,
    element("table", {}, element("caption", {}, title), element("thead", {}, head), element("tbody", {}, ...body)),
  );
}

function caption(what: string, label: string): Node {
  return element("figcaption", {}, label ? `${what} at ${label}` : what);
}

function cut(applies: boolean, text: string): Node[] {
  return applies ? [element("p", { class: "note" }, `Shown: ${text}. The download has all.`)] : [];
}

/** What can be wider or longer than its place scrolls in itself, with the keyboard too. */
function scrollable(name: string, content: Node): Node {
  return element("div", { class: "scroll", role: "region", tabindex: 0, "aria-label": name }, content);
}

function toExtension(contentType: string): string {
  const [, subtype = ""] = /^[\w-]+\/(?:[\w.-]+\+)?([\w.-]+)/.exec(contentType) ?? [];
  return { plain: ".txt", "octet-stream": ".bin", "": ".bin" }[subtype] ?? `.${subtype}`;
}

function writeSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

import { escapeHtml } from "../html.ts";
import type { Step, Workflow } from "./workflows.ts";

/** Lengths in the SVG's own units: pixels, where there is room. */
const size = { box: 348, lane: 34, line: 18, padding: 10, gap: 40, pill: 26, char: 6.3, codeChar: 7, margin: 2 };
const width = size.margin * 2 + size.box + size.lane;
/** What fits into a line of a box; longer text is cut, and stands whole in the list beside the diagram. */
const lineLength = Math.floor((size.box - 2 * size.padding) / size.char);
const codeLength = Math.floor((size.box - 2 * size.padding) / size.codeChar);
/** Arrows lead down on the left, so that there is room for what they carry. */
const arrowX = size.margin + 26;
const rightX = size.margin + size.box;

interface Box {
  step: Step;
  lines: string[];
  top: number;
  height: number;
}

/**
 * A workflow as SVG: steps from top to bottom, what passes between them, retries and jumps on the right.
 *
 * @param prefix begins the ids in it: unique in the page.
 * @param toUrl the link of a step.
 */
export function drawWorkflow(workflow: Workflow, prefix: string, toUrl: (step: Step) => string): string {
  const boxes = layOut(workflow.steps);
  const bottom = (boxes.at(-1)?.top ?? 0) + (boxes.at(-1)?.height ?? 0) + size.gap;
  const id = escapeHtml(prefix);
  return `<svg class="workflow" viewBox="0 0 ${width} ${bottom + size.pill + size.margin}" width="${width}" role="group" aria-labelledby="${id}-title" aria-describedby="${id}-desc">
<title id="${id}-title">${escapeHtml(workflow.summary)}</title>
<desc id="${id}-desc">${escapeHtml(describe(workflow))}</desc>
<defs><marker id="${id}-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z"/></marker></defs>
${drawPill(0, "start", workflow.inputs)}
${drawPill(bottom, "end", workflow.outputs)}
${drawArrows(boxes, bottom, id)}
${boxes.map((box) => drawBox(box, toUrl)).join("\n")}
</svg>`;
}

/** The diagram in one text, for those who do not see it. */
function describe({ steps }: Workflow): string {
  const words = steps.map(({ id, operation, turns }) => {
    return `${id} (${[`${operation.method} ${operation.path}`, ...turns.map(({ text }) => text)].join("; ")})`;
  });
  return `${steps.length} steps: ${words.join(", then ")}.`;
}

function layOut(steps: readonly Step[]): Box[] {
  let top = size.margin + size.pill + size.gap;
  return steps.map((step) => {
    const lines = [`${step.operation.method} ${step.operation.path}`, ...step.turns.map(toLine)];
    const height = (lines.length + 1) * size.line + size.padding * 1.5;
    const box = { step, lines, top, height };
    top += height + size.gap;
    return box;
  });
}

function toLine({ to, text }: Step["turns"][number]): string {
  return `${to === undefined ? "■" : "↻"} ${text}`;
}

function drawPill(top: number, name: string, values: readonly string[]): string {
  const text = cut(values.length > 0 ? `${name}: ${values.join(", ")}` : name);
  const middle = size.margin + size.box / 2;
  return `<rect class="pill" x="${size.margin}" y="${top + size.margin}" width="${size.box}" height="${size.pill}" rx="${size.pill / 2}"/><text class="small" text-anchor="middle" x="${middle}" y="${top + size.margin + 17}">${escapeHtml(text)}</text>`;
}

function drawBox({ step, lines, top, height }: Box, toUrl: (step: Step) => string): string {
  const x = size.margin + size.padding;
  const texts = lines.map((line, index) => {
    const [name, shown] = index === 0 ? ["call", cutCall(line)] : ["small", cut(line)];
    return `<text class="${name}" x="${x}" y="${top + size.padding + size.line * (index + 2) - 5}">${escapeHtml(shown)}</text>`;
  });
  // Not in the order of the Tab key: the list beside the diagram has the same links.
  return `<a href="${escapeHtml(toUrl(step))}" tabindex="-1"><rect class="box" x="${size.margin}" y="${top}" width="${size.box}" height="${height}" rx="8"/><text class="step" x="${x}" y="${top + size.padding + size.line - 5}">${escapeHtml(cut(step.id))}</text>${texts.join("")}</a>`;
}

function drawArrows(boxes: readonly Box[], bottom: number, id: string): string {
  const down = boxes.map((box, index) => {
    const previous = boxes[index - 1];
    const from = previous ? previous.top + previous.height : size.margin + size.pill;
    const arrow = !previous || previous.step.leadsToNext ? drawLine(arrowX, from, box.top, id) : "";
    return arrow + drawLabel(box, previous);
  });
  const last = boxes.at(-1);
  const end = last ? drawLine(arrowX, last.top + last.height, bottom + size.margin, id) : "";
  return [...down, end, ...boxes.flatMap((box) => drawTurns(box, boxes, bottom, id))].join("\n");
}

function drawLine(x: number, from: number, to: number, id: string): string {
  return `<path class="arrow" d="M${x} ${from}V${to}" marker-end="url(#${id}-head)"/>`;
}

/** What a step takes from others, beside the arrow that leads to it. */
function drawLabel({ step, top }: Box, previous: Box | undefined): string {
  if (step.takes.length === 0) return "";
  const words = step.takes.map((taken) =>
    taken.step === previous?.step.id ? taken.output : `${taken.output} of ${taken.step}`,
  );
  const text = cut(words.join(", "), Math.floor((rightX - arrowX - 12) / size.char));
  return `<text class="small" x="${arrowX + 8}" y="${top - size.gap / 2 + 4}">${escapeHtml(text)}</text>`;
}

function drawTurns({ step, top, height }: Box, boxes: readonly Box[], bottom: number, id: string): string[] {
  const middle = top + height / 2;
  const targets = [...new Set(step.turns.map(({ to }) => to))];
  return targets.map((to) => {
    const target = boxes.find((box) => box.step.id === to);
    if (target?.step === step) return drawCurve(middle - 8, middle + 8, 22, id);
    const end = target ? target.top + target.height / 2 : bottom + size.margin + size.pill / 2;
    return drawCurve(middle + (target ? 4 : 14), end, target ? 26 : 32, id);
  });
}

/** From the right edge of a box out into the lane, and back. */
function drawCurve(from: number, to: number, reach: number, id: string): string {
  const x = rightX + reach;
  const bend = Math.min(8, Math.abs(to - from) / 2);
  return `<path class="arrow turn" d="M${rightX} ${from}H${x - bend}Q${x} ${from} ${x} ${from + bend}V${to - bend}Q${x} ${to} ${x - bend} ${to}H${rightX}" marker-end="url(#${id}-head)"/>`;
}

/** The end of a path tells more than its beginning. */
function cutCall(call: string): string {
  const [method = "", path = ""] = call.split(" ");
  const rest = codeLength - method.length - 1;
  return path.length > rest ? `${method} …${path.slice(1 - rest)}` : call;
}

function cut(text: string, length = lineLength): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

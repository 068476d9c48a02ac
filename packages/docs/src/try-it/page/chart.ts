/** A line, drawn as SVG: axes with round numbers, and a sentence in place of the picture for who does not see it. */
import { drawing } from "./elements.ts";
import type { Point, View } from "./views.ts";

type Chart = Extract<View, { kind: "chart" }>;

const size = { width: 640, height: 260, left: 64, right: 16, top: 12, bottom: 44 };

/** More points are a line only. */
const dotLimit = 60;

export function drawChart({ points, isTime, names, label }: Chart): SVGElement {
  const x = createScale(
    points.map(([value]) => value),
    size.left,
    size.width - size.right,
  );
  const y = createScale(
    points.map(([, value]) => value),
    size.height - size.bottom,
    size.top,
  );
  const place = ([first, second]: Point) => `${round(x.place(first))},${round(y.place(second))}`;
  const writeX = isTime ? (value: number) => new Date(value).toISOString().slice(0, 19).replace("T", " ") : write;
  const [nameX, nameY] = names;
  return drawing(
    "svg",
    {
      class: "chart",
      viewBox: `0 0 ${size.width} ${size.height}`,
      role: "img",
      "aria-label": `Line of ${points.length} points${label && ` at ${label}`}. ${nameX} from ${writeX(x.min)} to ${writeX(x.max)}; ${nameY} from ${write(y.min)} to ${write(y.max)}, last ${write(points.at(-1)?.[1] ?? 0)}.`,
    },
    ...y.ticks.map((tick) => drawTickY(y.place(tick), write(tick))),
    // Times are long: only the ends are named.
    ...(isTime ? [x.min, x.max] : x.ticks).map((tick) =>
      drawTickX(x.place(tick), writeX(tick), isTime && tick === x.max),
    ),
    drawing("text", { class: "name", x: size.width / 2, y: size.height - 6, "text-anchor": "middle" }, nameX),
    drawing("text", { class: "name", x: 4, y: 16 }, nameY),
    drawing("polyline", { class: "line", points: points.map(place).join(" ") }),
    ...(points.length > dotLimit ? [] : points).map((point) => {
      const [cx, cy] = place(point).split(",");
      const title = drawing("title", {}, `${nameX} ${writeX(point[0])}, ${nameY} ${write(point[1])}`);
      return drawing("circle", { class: "dot", cx, cy, r: 3 }, title);
    }),
  );
}

function drawTickY(position: number, text: string): SVGElement {
  return drawing(
    "g",
    { class: "tick" },
    drawing("line", { x1: size.left, x2: size.width - size.right, y1: round(position), y2: round(position) }),
    drawing("text", { x: size.left - 6, y: round(position + 4), "text-anchor": "end" }, text),
  );
}

function drawTickX(position: number, text: string, isLast: boolean): SVGElement {
  const anchor = isLast ? "end" : position < size.left + 20 ? "start" : "middle";
  const y = size.height - size.bottom + 18;
  return drawing("g", { class: "tick" }, drawing("text", { x: round(position), y, "text-anchor": anchor }, text));
}

/** From values to pixels; where all values are the same, to the middle. */
function createScale(values: readonly number[], from: number, to: number) {
  // Not Math.min(...values): a call takes only so many arguments.
  const min = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const max = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const place = (value: number) => (max === min ? (from + to) / 2 : from + ((value - min) / (max - min)) * (to - from));
  return { min, max, place, ticks: listTicks(min, max) };
}

/** About five round numbers between two. */
export function listTicks(min: number, max: number): number[] {
  if (min === max) return [min];
  const rough = (max - min) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let index = Math.ceil(min / step); index * step <= max; index += 1) ticks.push(index * step);
  return ticks;
}

function write(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}

/** A chart of lines over two logarithmic axes, as SVG. */

export interface Series {
  name: string;
  points: { x: number; y: number }[];
}

const size = { width: 720, height: 420, left: 90, right: 120, top: 40, bottom: 50 };
const colours = ["#0b6", "#d33", "#36c", "#a50", "#849", "#555"];

/** @param axes words for the two axes. Every value is above 0. */
export function drawChart(title: string, axes: { x: string; y: string }, series: readonly Series[]): string {
  const points = series.flatMap((line) => line.points);
  const toX = toScale(
    points.map(({ x }) => x),
    size.left,
    size.width - size.right,
    0,
  );
  const toY = toScale(
    points.map(({ y }) => y),
    size.height - size.bottom,
    size.top,
    1,
  );
  const xTicks = [...new Set(points.map(({ x }) => x))];
  const yTicks = listPowers(points.map(({ y }) => y));
  const parts = [
    ...xTicks.map((x) => text(toX(x), size.height - size.bottom + 18, "middle", x.toLocaleString("en"))),
    ...yTicks.flatMap((y) => [
      `<line x1="${size.left}" x2="${size.width - size.right}" y1="${toY(y)}" y2="${toY(y)}" stroke="#ddd"/>`,
      text(size.left - 8, toY(y) + 4, "end", y.toLocaleString("en")),
    ]),
    text(size.width / 2, 22, "middle", title),
    text((size.left + size.width - size.right) / 2, size.height - 10, "middle", axes.x),
    `<text transform="translate(18 ${size.height / 2}) rotate(-90)" text-anchor="middle">${toXmlText(axes.y)}</text>`,
    ...series.flatMap((line, index) => drawLine(line, colours[index % colours.length] ?? "#000", toX, toY)),
  ];
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="13">`;
  return `${head}\n<rect width="100%" height="100%" fill="#fff"/>\n${parts.join("\n")}\n</svg>\n`;
}

function drawLine({ name, points }: Series, colour: string, toX: Scale, toY: Scale): string[] {
  const last = points.at(-1);
  if (!last) return [];
  const way = points.map(({ x, y }) => `${toX(x)},${toY(y)}`).join(" ");
  return [
    `<polyline points="${way}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...points.map(({ x, y }) => `<circle cx="${toX(x)}" cy="${toY(y)}" r="3" fill="${colour}"/>`),
    `<text x="${toX(last.x) + 8}" y="${toY(last.y) + 4}" fill="${colour}">${toXmlText(name)}</text>`,
  ];
}

type Scale = (value: number) => number;

/** @param margin share of the range that is kept free, in powers of ten. */
function toScale(values: number[], from: number, to: number, margin: 0 | 1): Scale {
  const low = margin ? Math.floor(Math.log10(Math.min(...values))) : Math.log10(Math.min(...values));
  const high = margin ? Math.ceil(Math.log10(Math.max(...values))) : Math.log10(Math.max(...values));
  return (value) => Math.round(from + ((Math.log10(value) - low) / (high - low || 1)) * (to - from));
}

function listPowers(values: number[]): number[] {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.ceil(Math.log10(Math.max(...values)));
  return Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
}

function text(x: number, y: number, anchor: string, words: string): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${toXmlText(words)}</text>`;
}

function toXmlText(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

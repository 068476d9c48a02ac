/** The style sheet of the HTML report. Colours keep a contrast of 4.5:1 and more (WCAG 2.2, 1.4.3), in light and dark. */
export const style = `
:root {
  color-scheme: light dark;
  --page: light-dark(#ffffff, #121818);
  --card: light-dark(#f6f8f8, #1b2323);
  --text: light-dark(#1b2424, #e8eeee);
  --muted: light-dark(#4c5a5a, #a9b8b8);
  --line: light-dark(#d3dbdb, #364242);
  --accent: light-dark(#0b5f5f, #7fd6d0);
  --good: light-dark(#14693a, #7ad79b);
  --bad: light-dark(#b3102f, #ff9aa8);
  --warn: light-dark(#7a4b00, #f0bf6a);
  --mark: light-dark(#ffe1a8, #5c430e);
}
* { box-sizing: border-box; }
body {
  margin: 0 auto;
  max-width: 96rem;
  padding: clamp(1rem, 3vw, 2.5rem);
  background: var(--page);
  color: var(--text);
  font: 1rem / 1.55 system-ui, sans-serif;
}
:root { background: var(--page); }
a { color: var(--accent); text-underline-offset: 0.2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--page); padding: 0.25rem 0.5rem; }
.brand { margin: 0; color: var(--muted); font-weight: 600; }
h1 { margin: 0.25rem 0 0.75rem; font-size: clamp(1.5rem, 4vw, 2.25rem); line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 2.5rem 0 1rem; font-size: 1.25rem; }
h3, h4, h5 { margin: 0; font-size: 1rem; overflow-wrap: anywhere; }
h5 { color: var(--muted); font-size: 0.875rem; }
.outcome { margin: 0 0 1.25rem; padding: 0.75rem 1rem; border-left: 0.3rem solid; background: var(--card); font-weight: 600; overflow-wrap: anywhere; }
.passed { color: var(--good); }
.failed { color: var(--bad); }
.drift, .empty, .interrupted { color: var(--warn); }
.muted, .none { color: var(--muted); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1rem; margin: 0; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.coverage { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr)); gap: 1rem; margin: 0; padding: 0; list-style: none; }
.coverage li { padding: 0.75rem 1rem; border: 1px solid var(--line); border-radius: 0.5rem; background: var(--card); }
.coverage b { display: block; font-size: 1.5rem; line-height: 1.2; }
progress { display: block; width: 100%; height: 0.5rem; margin-top: 0.5rem; border: 0; border-radius: 0.25rem; overflow: hidden; background: var(--line); accent-color: var(--accent); appearance: none; }
progress::-webkit-progress-bar { background: var(--line); }
progress::-webkit-progress-value { background: var(--accent); }
progress::-moz-progress-bar { background: var(--accent); }
.table { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { padding-bottom: 0.5rem; color: var(--muted); text-align: left; }
th, td { padding: 0.35rem 0.75rem 0.35rem 0; border-bottom: 1px solid var(--line); text-align: right; vertical-align: baseline; }
th:first-child { text-align: left; font-weight: 400; overflow-wrap: anywhere; }
thead th:first-child { font-weight: 600; overflow-wrap: normal; }
thead th { color: var(--muted); font-weight: 600; }
td { white-space: nowrap; }
td.failed, td.drift { font-weight: 700; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.8125rem; }
code { overflow-wrap: anywhere; }
.method { color: var(--muted); font-weight: 700; }
details { margin: 0.75rem 0; border: 1px solid var(--line); border-radius: 0.5rem; }
summary { position: relative; display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 0.75rem; padding: 0.6rem 1rem 0.6rem 2.25rem; cursor: pointer; }
summary::before { content: "▸"; position: absolute; left: 1rem; color: var(--muted); }
details[open] > summary::before { content: "▾"; }
summary::-webkit-details-marker { display: none; }
summary:hover { background: var(--card); }
.operation > summary > :last-child, h4 ~ .muted { margin-left: auto; }
.operation > div { padding: 0 1rem 1rem; }
.operation > div > h4 { margin: 1.25rem 0 0.5rem; }
.finding { border-left: 0.3rem solid var(--bad); }
.finding.grown { border-left-color: var(--warn); }
.finding > div { padding: 0 1rem 1rem; }
.message { flex-basis: 100%; font-weight: 600; overflow-wrap: anywhere; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1rem; margin-bottom: 1rem; }
.sides > section { min-width: 0; }
.sides p { margin: 0 0 0.35rem; font-size: 0.875rem; }
pre { margin: 0.35rem 0 0; padding: 0.6rem 0.75rem; border: 1px solid var(--line); border-radius: 0.35rem; background: var(--card); white-space: pre-wrap; overflow-wrap: anywhere; }
pre i { color: var(--muted); }
.copy { user-select: all; }
mark { background: var(--mark); color: inherit; }
.exercised p { margin: 0 0 0.35rem; }
.exercised h5 { margin-top: 0.75rem; }
.operation > div > p { margin: 0 0 0.75rem; }
@media (max-width: 40rem) {
  .facts { grid-template-columns: 1fr; }
  .facts dd { margin-bottom: 0.35rem; }
  table { font-size: 0.8125rem; }
  th, td { padding-right: 0.4rem; }
  .overview code { display: none; }
  .operation > summary > :last-child, h4 ~ .muted { margin-left: 0; }
  .operation > div, .finding > div { padding: 0 0.6rem 0.75rem; }
}
@media print { details { break-inside: avoid; } }
`;

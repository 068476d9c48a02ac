/** The report for people: one HTML page that works from a disk, without a network, without scripts. */
import { createHash } from "node:crypto";
import { listOperations, type Operation } from "@artifetch/document";
import {
  type CheckName,
  type CountedFinding,
  type Covered,
  checks,
  type HttpRequest,
  type HttpResponse,
  type Place,
  requestChecks,
} from "../model.ts";
import { escapeHtml, toBodyHtml, toRuleHtml } from "./html-body.ts";
import { style } from "./html-style.ts";
import {
  addUp,
  type CheckRow,
  count,
  findOutcome,
  groupBy,
  listRows,
  type OperationRow,
  type ReportInput,
  type Sums,
  toDuration,
  toHeadline,
  toLine,
  toPercent,
  toPlace,
  toRepeat,
} from "./rows.ts";

/**
 * The whole page. Nothing in it is run or loaded: it has no script, and its policy lets the browser take nothing but its one
 * style sheet. Whatever a service has sent is text.
 */
export function toHtml(input: ReportInput): string {
  const { report } = input;
  const title = escapeHtml(`${report.document.title} ${report.document.version}`);
  const operations = new Map(listOperations(input.document).map((operation) => [operation.id, operation]));
  const rows = listRows(report);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}: contract report</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<p class="brand">Contract report</p>
<h1>${title}</h1>
<p class="outcome ${findOutcome(report)}">${escapeHtml(toHeadline(report))}</p>
${toFacts(input)}
</header>
<main id="main">
${toCoverage(input)}
${toOverview(rows, operations)}
<h2>Differences and coverage by operation</h2>
${rows.map((row, index) => toOperation(input, row, index, operations.get(row.operationId))).join("\n")}
${toSkipped(input)}
</main>
</body>
</html>
`;
}

/** `data:` is the empty icon, which keeps browsers from asking a server for one. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

function toFacts({ report, source }: ReportInput): string {
  const facts: [string, string][] = [
    ["Service", report.baseUrl],
    ["Document", source],
    ["Started", new Date(report.startedAtMs).toISOString()],
    ["Took", `${toDuration(report.durationMs)}, ${count(report.requests, "answer")}`],
    ["Seed", String(report.seed)],
  ];
  return toList(facts.map(([label, text]) => [label, escapeHtml(text)]));
}

/** @param pairs of a label and HTML. */
function toList(pairs: readonly (readonly [label: string, html: string])[]): string {
  return `<dl class="facts">${pairs.map(([label, html]) => `<dt>${label}</dt><dd>${html}</dd>`).join("\n")}</dl>`;
}

function toCoverage({ report }: ReportInput): string {
  const items = Object.entries(report.coverage).map(([kind, covered]: [string, Covered]) => {
    const { seen, all } = covered;
    const label = `${kind}: ${seen.length} of ${all.length}`;
    const bar = `<progress max="${Math.max(all.length, 1)}" value="${seen.length}" aria-label="${label}"></progress>`;
    return `<li><b>${all.length === 0 ? "–" : `${toPercent(covered)} %`}</b>${label}${bar}</li>`;
  });
  return `<h2>Coverage of the document</h2>\n<ul class="coverage">${items.join("\n")}</ul>`;
}

function toOverview(rows: readonly OperationRow[], operations: ReadonlyMap<string, Operation>): string {
  const lines = rows.map(({ operationId, checks: rowsOfChecks }, index) => {
    const name = `<a href="#operation-${index}">${escapeHtml(operationId)}</a> ${toRoute(operations.get(operationId))}`;
    return `<tr><th scope="row">${name}</th>${toCells(addUp(rowsOfChecks))}</tr>`;
  });
  const caption = "Checks of each operation, counted for each answer; a skipped check counts once for each reason.";
  return `<h2>Operations</h2>\n<div class="overview">${toTable("Operation", caption, lines)}</div>`;
}

function toTable(first: string, caption: string, lines: readonly string[]): string {
  const heads = [first, ...columns.map((column) => column[0]?.toUpperCase() + column.slice(1))];
  return `<div class="table"><table><caption>${caption}</caption>
<thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join("")}</tr></thead>
<tbody>${lines.join("\n")}</tbody></table></div>`;
}

const columns = ["passed", "failed", "drift", "skipped"] as const;

function toCells(sums: Sums): string {
  return columns
    .map((column) => (sums[column] === 0 ? `<td class="none">0</td>` : `<td class="${column}">${sums[column]}</td>`))
    .join("");
}

function toRoute(operation: Operation | undefined): string {
  if (!operation) return "";
  return `<code><span class="method">${escapeHtml(operation.method)}</span> ${escapeHtml(operation.path)}</code>`;
}

function toOperation(
  input: ReportInput,
  { operationId, checks: rows }: OperationRow,
  index: number,
  operation: Operation | undefined,
): string {
  const findings = rows.flatMap((row) => row.findings);
  const sums = addUp(rows);
  const name = `<h3>${escapeHtml(operationId)}</h3>`;
  return `<details class="operation" id="operation-${index}"${findings.length > 0 ? " open" : ""}>
<summary>${name} ${toRoute(operation)} ${toState(rows, sums)}</summary>
<div>
${operation?.summary === undefined ? "" : `<p class="muted">${escapeHtml(operation.summary)}</p>`}
${findings.map((finding) => toFinding(input, finding)).join("\n")}
${rows.length === 0 ? "" : `<h4>Checks</h4>\n${toTable("Check", "What was checked, in how many answers.", rows.map(toCheck))}`}
${toOperationCoverage(input, operationId)}
</div>
</details>`;
}

function toState(rows: readonly CheckRow[], { failed, drift, skipped }: Sums): string {
  const isNothingMade = rows.every((row) => row.passed + row.failed + row.drift + row.findings.length === 0);
  if (isNothingMade) return `<span class="empty">${skipped > 0 ? "skipped" : "not called"}</span>`;
  const failures = rows.flatMap(({ findings }) => findings).filter(({ severity }) => severity === "failure").length;
  if (failures + failed > 0) return `<span class="failed">${count(failures, "difference")}</span>`;
  return drift > 0 ? `<span class="drift">only drift</span>` : `<span class="passed">all checks hold</span>`;
}

function toCheck(row: CheckRow): string {
  const skipped = row.skipped.map((reason) => ` <span class="muted">Skipped: ${escapeHtml(reason)}.</span>`).join("");
  return `<tr><th scope="row"><code>${toBreakable(row.check)}</code> <span class="muted">${toCheckHtml(row.check)}</span>${skipped}</th>${toCells(addUp([row]))}</tr>`;
}

/** What a check expects, where `…` is code. */
function toCheckHtml(check: CheckName): string {
  return escapeHtml(checks[check]).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}

/** Lines may end behind an underscore: these names are longer than a phone is wide. */
function toBreakable(check: string): string {
  return check.replaceAll("_", "_<wbr>");
}

function toFinding(input: ReportInput, finding: CountedFinding): string {
  const { check, severity, message, exchange, blame, curl } = finding;
  const isFailure = severity === "failure";
  const times = finding.count === 1 ? "once" : `${finding.count} times`;
  const mark = `<span class="${isFailure ? "failed" : "drift"}">${isFailure ? "✗ differs" : "~ drift"}</span>`;
  const sides = [...(exchange ? [toRequest(exchange.request, finding), toAnswer(exchange, finding)] : [])];
  const facts: [string, string][] = [
    ["Probably wrong", `${blame.party}: ${escapeHtml(blame.reason)}`],
    ["Place", `<code>${escapeHtml(toPlace(finding.place))}</code>`],
    ...(finding.case
      ? ([["Case", `${escapeHtml(finding.case.title)} <code>${escapeHtml(finding.case.id)}</code>`]] as [
          string,
          string,
        ][])
      : []),
    ["Repeat", `<code class="copy">${escapeHtml(toRepeat(finding, input.report.seed))}</code>`],
  ];
  return `<details class="finding${isFailure ? "" : " grown"}"${isFailure ? " open" : ""}>
<summary><h4>${mark} <code>${toBreakable(check)}</code></h4> ${exchange ? `<code>${escapeHtml(toLine(exchange))}</code>` : ""} <span class="muted">${times}</span>
<span class="message">${escapeHtml(message)}</span></summary>
<div>
<div class="sides">${[...sides, toRule(input, finding)].join("\n")}</div>
${toList(facts)}
${curl === undefined ? "" : `<pre class="copy">${escapeHtml(curl)}</pre>`}
</div>
</details>`;
}

function toRequest(request: HttpRequest, { place, check }: CountedFinding): string {
  const { method, url, headers, body, bodyIsPartial } = request;
  const isHere = requestChecks.includes(check);
  const pointer = isHere && place.in === "body" ? place.pointer : undefined;
  const notes = bodyIsPartial ? [onlyBeginning] : [];
  return toSide("Request", `${escapeHtml(method)} ${escapeHtml(url)}`, headers, body, pointer, notes);
}

const onlyBeginning = "<i>Only the beginning was recorded.</i>";

function toAnswer({ response }: { response: HttpResponse }, finding: CountedFinding): string {
  const place: Place = requestChecks.includes(finding.check) ? { in: "status" } : finding.place;
  const { status, headers, body, bodyError, bodyIsPartial } = response;
  const notes = [
    ...(bodyError === undefined ? [] : [`<i>The body broke off: ${escapeHtml(bodyError)}</i>`]),
    ...(bodyIsPartial ? [onlyBeginning] : []),
  ];
  const first = place.in === "status" ? `<mark>${status}</mark>` : String(status);
  const header = place.in === "header" ? place.name : undefined;
  return toSide("Answer", first, headers, body, place.in === "body" ? place.pointer : undefined, notes, header);
}

function toSide(
  title: string,
  firstLine: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array | undefined,
  pointer?: string,
  notes: readonly string[] = [],
  markedHeader?: string,
): string {
  const lines = Object.entries(headers).map(([name, value]) => {
    const line = escapeHtml(`${name}: ${value}`);
    return name === markedHeader ? `<mark>${line}</mark>` : line;
  });
  const text = body === undefined || body.byteLength === 0 ? [] : ["", toBodyHtml(body, pointer)];
  return `<section><h5>${title}</h5><pre>${[firstLine, ...lines, ...text, ...notes].join("\n")}</pre></section>`;
}

function toRule({ document }: ReportInput, { check, documentPointer }: CountedFinding): string {
  const rule = toRuleHtml(document, documentPointer);
  const title = `<h5>Broken rule</h5>`;
  const where = `<code>${escapeHtml(documentPointer)}</code>`;
  return `<section>${title}<p class="muted">${toCheckHtml(check)}</p>${where}<pre>${rule}</pre></section>`;
}

function toOperationCoverage({ report }: ReportInput, operationId: string): string {
  const { statuses, parameters, properties } = report.coverage;
  const parts = Object.entries({ Statuses: statuses, Parameters: parameters, Properties: properties }).flatMap(
    ([kind, { all, seen }]) => {
      const prefix = `${operationId} `;
      const own = all.filter((name) => name.startsWith(prefix));
      if (own.length === 0) return [];
      const known = new Set(seen);
      const missing = own.filter((name) => !known.has(name)).map((name) => name.slice(prefix.length));
      const found = own.filter((name) => known.has(name)).map((name) => name.slice(prefix.length));
      const sum = `${found.length} of ${own.length} exercised`;
      return [`<h5>${kind}: ${sum}</h5>${toNames("Not", missing)}${toNames("Exercised", found)}`];
    },
  );
  return parts.length === 0 ? "" : `<h4>Coverage</h4>\n<div class="exercised">${parts.join("\n")}</div>`;
}

function toNames(label: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const list = names.map((name) => `<code>${escapeHtml(name)}</code>`).join(", ");
  return `<p class="${label === "Not" ? "drift" : "muted"}">${label === "Not" ? "Not exercised" : label}: ${list}</p>`;
}

function toSkipped({ report }: ReportInput): string {
  if (report.skipped.length === 0) return "";
  const items = [...groupBy(report.skipped, ({ reason }) => reason)].map(([reason, here]) => {
    const names = here.map(({ operationId, check }) => `<code>${escapeHtml(operationId)} ${check}</code>`);
    return `<li>${escapeHtml(reason)}: ${names.join(", ")}</li>`;
  });
  return `<h2>Skipped</h2>\n<ul>${items.join("\n")}</ul>`;
}

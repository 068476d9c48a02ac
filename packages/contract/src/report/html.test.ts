import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { goodInput, hostile, input, secret } from "../../test/sample-report.ts";
import { toHtml } from "./html.ts";
import { toBodyHtml, toRuleHtml } from "./html-body.ts";

const html = toHtml(input);
const bytes = (text: string) => new TextEncoder().encode(text);

test("has no script, and allows its own style sheet only", () => {
  expect(html).not.toMatch(/<(script|img|iframe|object|svg|form|base)\b/i);
  const style = /<style>(.*)<\/style>/s.exec(html)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  expect(html).toContain(
    `content="default-src &#39;none&#39;; style-src &#39;sha256-${hash}&#39;; img-src data:; base-uri`,
  );
  expect(style).not.toMatch(/url\(|@import/);
});

test("leaves what a service sends as text, wherever it stands", () => {
  expect(html).toContain("&lt;/script&gt;&lt;img src=x onerror=");
  expect(html).not.toContain(hostile);
  expect(html.replaceAll(/[\n\t]/g, "")).not.toMatch(/\p{Cc}|\p{Bidi_Control}/u);
  const [finding] = input.report.findings;
  const everywhere = JSON.parse(
    JSON.stringify(finding, (key, value) =>
      typeof value !== "string" || ["check", "severity", "party", "in", "url"].includes(key) ? value : hostile,
    ),
  );
  const exchange = finding?.exchange ?? expect.fail();
  const headers = { [hostile]: hostile };
  const rude = {
    ...everywhere,
    exchange: {
      ...exchange,
      request: { ...exchange.request, method: hostile, headers, body: bytes(hostile) },
      response: { ...exchange.response, headers, body: bytes(`{"${hostile}`), bodyError: hostile },
    },
  };
  const covered = { all: [hostile, `${hostile} x`], seen: [hostile] };
  const page = toHtml({
    ...input,
    source: hostile,
    report: {
      ...input.report,
      document: { title: hostile, version: hostile },
      baseUrl: hostile,
      interrupted: hostile,
      findings: [rude],
      skipped: [{ operationId: hostile, check: "ignored_auth", reason: hostile }],
      coverage: { operations: covered, statuses: covered, parameters: covered, properties: covered },
    },
  });
  expect(page.split("&lt;/script&gt;").length).toBeGreaterThan(20);
  expect(page).not.toMatch(/<\/script|<img|<svg|onerror="/);
});

test("shows no credential", () => {
  expect(html).not.toContain(secret);
  expect(html).toContain("x-api-key: $DEPOT_KEY");
});

test("shows code in what a check expects as code", () => {
  expect(html).toContain("(<code>4XX</code>)");
  expect(html.replaceAll(/<pre>.*?<\/pre>/gs, "")).not.toContain("`");
});

test("links every operation of the table to its part", () => {
  const links = [...html.matchAll(/href="#(operation-\d+)"/g)].map(([, id]) => id);
  expect(links).toHaveLength(6);
  for (const id of links) expect(html).toContain(`<details class="operation" id="${id}"`);
});

test("opens what differs, and closes what does not", () => {
  const closed = toHtml(goodInput);
  expect(html.match(/<details class="operation" id="operation-\d+" open>/g)).toHaveLength(5);
  expect(closed).not.toMatch(/<details[^>]* open>/);
  expect(closed).toContain(`<p class="outcome passed">No difference in 12 answers, 3.2 s</p>`);
});

test.each([
  [
    "interrupted",
    { ...goodInput.report, interrupted: "No answer." },
    "Interrupted: No answer. Until then no difference",
  ],
  ["empty", { ...goodInput.report, counts: [] }, "Nothing was checked"],
])("a run that is %s does not look as if all were well", (outcome, report, text) => {
  expect(toHtml({ ...goodInput, report })).toContain(`<p class="outcome ${outcome}">${text}`);
});

test("shows what of an operation was not exercised", () => {
  expect(html).toContain(
    `<h5>Properties: 4 of 8 exercised</h5><p class="drift">Not exercised: <code>200 /name</code>, <code>200 /owner</code>`,
  );
  expect(html).toContain(`<span class="empty">skipped</span>`);
});

test("lays out JSON with every digit, and marks the place with its name", () => {
  const body = bytes('{"a":[{"id":1.0},{"id":12345678901234567890,"id":2}],"b":null}');
  expect(toBodyHtml(body, "/a/1/id")).toBe(`{
  &quot;a&quot;: [
    {
      &quot;id&quot;: 1.0
    },
    {
      &quot;id&quot;: 12345678901234567890,
      <mark>&quot;id&quot;: 2</mark>
    }
  ],
  &quot;b&quot;: null
}`);
  expect(toBodyHtml(body, "/b/deeper")).toContain("<mark>&quot;b&quot;: null</mark>");
  expect(toBodyHtml(body, "/c")).not.toContain("<mark>");
  expect(toBodyHtml(body, "")).not.toContain("<mark>");
  expect(toBodyHtml(bytes('{"a/b":{"~":1}}'), "/a~1b/~0")).toContain("<mark>&quot;~&quot;: 1</mark>");
});

test("lays out JSON that breaks off", () => {
  expect(toBodyHtml(bytes('{"a":[1,'), "/a")).toContain("<mark>&quot;a&quot;: [");
});

test("shows the lines around the place, and counts the others", () => {
  const text = toBodyHtml(bytes(JSON.stringify(Array.from({ length: 1000 }, (_, index) => index))), "/500");
  expect(text).toContain("<i>… 485 lines before</i>\n  484,\n");
  expect(text).toContain("<mark>500</mark>,");
  expect(text).toMatch(/lines more<\/i>$/);
  expect(text.split("\n").length).toBeLessThan(40);
});

test("cuts a long line, and shows bytes that are no text as such", () => {
  expect(toBodyHtml(bytes("x".repeat(5000)))).toBe(`${"x".repeat(1000)}… (4000 more characters)`);
  expect(toBodyHtml(new Uint8Array([0x50, 0xff, 0]))).toBe("3 bytes that are not text: 50 ff 00");
  expect(toBodyHtml(new Uint8Array(1000).fill(255))).toMatch(/ff … \(904 more\)$/);
});

test("shows a rule in the object that it belongs to", () => {
  const document = { a: { type: "string", "x-sources": ["page"], enum: ["x"], deep: { deep: { deep: { deep: 1 } } } } };
  expect(toRuleHtml(document, "#/a/enum")).toContain("<mark>&quot;enum&quot;: [\n    &quot;x&quot;\n  ]</mark>");
  expect(toRuleHtml(document, "#/a")).not.toMatch(/<mark>|page/);
  expect(toRuleHtml(document, "#/a")).toContain("&quot;…&quot;: &quot;…&quot;");
  expect(toRuleHtml(document, "#/nowhere")).toBe("");
});

test("marks the place of a wrong request in the request, not in its answer", () => {
  const finding = input.report.findings.find(({ exchange }) => exchange?.response.status === 200) ?? expect.fail();
  const exchange = finding.exchange ?? expect.fail();
  const wrong = {
    ...finding,
    check: "request_conformance" as const,
    place: { in: "body" as const, pointer: "/size" },
    exchange: {
      ...exchange,
      request: { ...exchange.request, body: bytes('{"size":"x"}'), bodyIsPartial: true },
      response: { ...exchange.response, body: bytes('{"size":1}') },
    },
  };
  const page = toHtml({ ...input, report: { ...input.report, findings: [wrong] } });
  const [, request = "", answer = ""] = /<h5>Request<\/h5>(.*?)<h5>Answer<\/h5>(.*?)<h5>/s.exec(page) ?? [];
  expect(request).toMatch(/<mark>.*size.*<\/mark>.*Only the beginning was recorded/s);
  expect(answer).not.toMatch(/<mark>.*size/);
});

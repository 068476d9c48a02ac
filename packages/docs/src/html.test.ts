import { expect, test } from "vitest";
import { escapeHtml, toText } from "./html.ts";

test("what HTML gives a meaning is escaped", () => {
  expect(escapeHtml(`<a href="x" title='y'>&`)).toBe("&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;");
});

test("the text of HTML leaves out elements, styles and scripts", () => {
  expect(toText("<style>p{}</style><p>a <b>b</b>\n</p><script>c</script>").trim()).toBe("a b");
});

test("the text of HTML has characters instead of entities, each decoded once", () => {
  expect(toText("it&#x27;s &amp;lt; &lt;b&gt;")).toBe("it's &lt; <b>");
});

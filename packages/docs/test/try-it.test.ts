/** The try-it pages in a browser, with the mock of `pnpm start` on the same origin. */
import { fileURLToPath } from "node:url";
import { type MockServer, startMockServer } from "@artifetch/mock-server";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, assert, beforeAll, expect, test } from "vitest";
import { type Api, readApis } from "../src/api.ts";
import { toTryModel } from "../src/try-it/model.ts";
import { toViews, type View } from "../src/try-it/page/views.ts";
import { expectNoOverflow, findBarriers, launchChromium, type VisitOptions, visit } from "./chromium.ts";

const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const apis = await readApis();
const models = new Map(apis.map((api) => [api, toTryModel(api)]));

let browser: Browser;
let mock: MockServer;
/** The same APIs on another origin. */
let other: MockServer;

beforeAll(async () => {
  browser = await launchChromium();
  mock = await startMockServer({ port: 0, docs: dist });
  other = await startMockServer({ port: 0 });
});

afterAll(async () => {
  await browser?.close();
  await Promise.all([mock?.close(), other?.close()]);
});

function open({ name }: Pick<Api, "name">, id: string, check: (page: Page) => Promise<void>, options?: VisitOptions) {
  return visit(browser, `${mock.url}/try/${name}/index.html#${id}`, check, options);
}

const getOperation = (page: Page, id: string) => page.locator(`details[id="${id}"]`);

/** Sends the form as it stands. Resolves to the status line of its answer. */
async function send(operation: Locator): Promise<string> {
  await operation.getByRole("button", { name: "Send" }).click();
  const status = operation.getByRole("status");
  await expect.poll(() => status.textContent()).not.toBe("Sending …");
  return (await status.textContent()) ?? "";
}

test.each(apis)("every operation of $name, as it is filled in, is answered with a success", (api) =>
  open(api, "", async (page) => {
    for (const { id } of api.operations) {
      const operation = getOperation(page, id);
      await operation.locator("summary").first().click();
      expect(await send(operation), id).toMatch(/^2\d\d .* · \d+ ms · /);
    }
  }),
);

const isSecured = ({ security }: Api["operations"][number]) =>
  security.length > 0 && security.every((schemes) => Object.keys(schemes).length > 0);

test.each(apis.filter(({ operations }) => operations.some(isSecured)))(
  "every operation of $name that wants a key is answered with 401 without one",
  (api) =>
    open(
      api,
      "",
      async (page) => {
        for (const key of await page.getByRole("group", { name: "Keys" }).locator("input").all()) await key.fill("");
        for (const { id } of api.operations.filter(isSecured)) {
          const operation = getOperation(page, id);
          await operation.locator("summary").first().click();
          expect(await send(operation), id).toMatch(/^401 Unauthorized · \d+ ms · /);
        }
      },
      { expected: /\b401\b/ },
    ),
);

/** The operations whose first example of a success is shown in a certain way, as the pure part of the page says. */
const listShown = (kind: View["kind"]) =>
  apis.flatMap((api) =>
    api.operations.flatMap(({ id, responses }) => {
      const model = models.get(api)?.operations.find((operation) => operation.id === id);
      const success = Object.entries(responses).find(([status]) => status.startsWith("2"))?.[1];
      return Object.entries(success?.content ?? {}).flatMap(([contentType, { examples = {} }]) =>
        Object.entries(examples).flatMap(([name, { value }]) => {
          const wish = model?.answers.find(({ label }) => label.startsWith("2") && label.includes(` ${name}`));
          if (value === undefined || !wish) return [];
          const bytes = new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
          const views = toViews({ bytes, contentType, fileName: "" }, model?.charts ?? []);
          const count = views.filter((view) => view.kind === kind).length;
          return count > 0 ? [{ api, id, name: api.name, label: wish.label, count }] : [];
        }),
      );
    }),
  );

/** One of each API will do. */
const once = <Shown extends { name: string }>(list: readonly Shown[]) => [
  ...new Map(list.map((shown) => [shown.name, shown])).values(),
];

test("there are lines, images and tables to show", () => {
  for (const kind of ["chart", "image", "table"] as const) expect(listShown(kind).length, kind).toBeGreaterThan(0);
});

const selectors = { chart: "svg.chart[role=img][aria-label] polyline", image: "img", table: "table caption" } as const;

test.each(
  (["chart", "image", "table"] as const).flatMap((kind) => once(listShown(kind)).map((shown) => ({ ...shown, kind }))),
)(
  "$name $id shows a $kind, which axe has nothing against in light and in dark, and which fits a phone",
  async ({ api, id, label, kind, count }) => {
    for (const colorScheme of ["light", "dark"] as const) {
      await open(
        api,
        id,
        async (page) => {
          const operation = getOperation(page, id);
          await operation.getByLabel("Answer wanted of the mock").selectOption({ label });
          expect(await send(operation)).toMatch(/^2/);
          expect(await operation.locator(`.answer ${selectors[kind]}`).count()).toBe(count);
          if (kind === "image") expect(await isDrawn(operation.locator(".answer img").first())).toBe(true);
          await expectNoOverflow(page);
          expect(await findBarriers(page)).toEqual([]);
        },
        { colorScheme, viewport: { width: 390, height: 844 } },
      );
    }
  },
);

/** Whether a browser could make a picture of the bytes. */
async function isDrawn(image: Locator): Promise<boolean> {
  return image.evaluate(async (element) => {
    await (element as HTMLImageElement).decode();
    return (element as HTMLImageElement).naturalWidth > 0;
  });
}

const [first] = apis;
assert(first, "there is no API");

test("a form is opened, filled in and sent with the keyboard alone, and focus is seen on the way", () =>
  open(first, "", async (page) => {
    const [{ id } = { id: "" }] = first.operations;
    const operation = getOperation(page, id);
    const press = async (target: Locator) => {
      for (let presses = 0; presses < 60; presses += 1) {
        if (await target.evaluate((element) => element === document.activeElement)) break;
        await page.keyboard.press("Tab");
      }
      expect(await target.evaluate((element) => getComputedStyle(element).outlineStyle)).toBe("solid");
      await page.keyboard.press("Enter");
    };
    await press(operation.locator("summary").first());
    await press(operation.getByRole("button", { name: "Send" }));
    await expect.poll(() => operation.getByRole("status").textContent()).toMatch(/^200 OK · /);
  }));

test("a key for another base URL goes there alone, and is kept in this tab alone", () =>
  open(
    first,
    "",
    async (page) => {
      const [{ id } = { id: "" }] = first.operations;
      const key = page.getByRole("group", { name: "Keys" }).locator("input").first();
      const choose = async () => {
        await page.getByLabel("Another base URL").check();
        await page.getByLabel("Base URL", { exact: true }).fill(`${other.url}/${first.name}`);
      };
      await choose();
      for (const input of await page.getByRole("group", { name: "Keys" }).locator("input").all())
        await input.fill("s3cret");
      const operation = getOperation(page, id);
      await operation.locator("summary").first().click();
      expect(await send(operation)).toMatch(/^200 /);
      expect(await operation.locator(".sent").textContent()).toContain(other.url);
      expect(await page.content()).not.toContain("s3cret");
      expect(
        await page.evaluate(() => JSON.stringify({ ...localStorage }) + document.cookie + location.href),
      ).not.toContain("s3cret");
      await page.reload();
      await choose();
      expect(await key.inputValue()).toBe("s3cret");
      const next = await page.context().newPage();
      await next.goto(page.url());
      expect(await next.evaluate(() => JSON.stringify({ ...sessionStorage }))).not.toContain("s3cret");
    },
    { expected: /^foreign request: http:\/\/127\.0\.0\.1:\d+\// },
  ));

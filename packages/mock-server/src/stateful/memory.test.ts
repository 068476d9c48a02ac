import { loadDocument } from "@artifetch/document/load";
import { expect, test } from "vitest";
import { type Called, createCaller } from "../../fixtures/caller.ts";
import { createMockFetch } from "../fetch.ts";
import { createHandler } from "../handler.ts";
import type { AnswerOptions } from "../options.ts";
import { createMemory } from "./memory.ts";
import { limits } from "./sessions.ts";

const { document } = await loadDocument(new URL("../../fixtures/shop.yaml", import.meta.url));

interface Order {
  number: number;
  customer: string;
  step: string;
  sum: number;
  remark: string | null;
  self: string;
}

/** A shop of its own for each test. */
function openShop(stateful: AnswerOptions["stateful"] = true, session?: string) {
  const mockFetch = createMockFetch(document, { stateful });
  const { call } = createCaller(document, mockFetch, session);
  const place = async (body: object = { customer: "cleo" }) => (await call("placeOrder", { body })).body as Order;
  const read = (number: number): Promise<Called> => call("getOrder", { parameters: { number } });
  const list = async (parameters: Record<string, unknown> = {}) =>
    (await call("listOrders", { parameters })).body as { orders: Order[]; count: number; shown: number };
  return { mockFetch, call, place, read, list };
}

test("what is created echoes the request over the example, and can be read and listed", async () => {
  const { call, read, list } = openShop();
  const { status, body, headers, problems } = await call("placeOrder", { body: { customer: "dora", remark: "soon" } });
  const order = body as Order;
  expect([status, problems]).toEqual([201, []]);
  expect(order).toMatchObject({ customer: "dora", remark: "soon", step: "placed", sum: 0 });
  expect(order.self).toBe(`/orders/${order.number}`);
  expect(headers.get("location")).toBe(`/orders/${order.number}`);
  expect((await list()).orders[0]).toEqual(order);
  expect((await read(order.number)).body).toMatchObject({ number: order.number, customer: "dora", remark: "soon" });
});

test("a property of the request that the answer does not have stays out of it", async () => {
  const { place } = openShop();
  expect(await place({ customer: "cleo", coupon: "X" })).not.toHaveProperty("coupon");
});

test("ids differ, keep their form, and are the same in every run", async () => {
  const ids = async () => {
    const { call, place } = openShop();
    const orders = [await place(), await place(), await place()];
    const parameters = { number: orders[0]?.number };
    const notes = [1, 2].map(
      async () => (await call("addNote", { parameters, body: { text: "a" } })).body as { id: string },
    );
    return [...orders.map(({ number }) => number), ...(await Promise.all(notes)).map(({ id }) => id)];
  };
  const made = await ids();
  expect(new Set(made).size).toBe(5);
  expect(made.slice(0, 3).every(Number.isInteger)).toBe(true);
  for (const id of made.slice(3))
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(await ids()).toEqual(made);
});

test("a list starts with the document's examples, and never without an owner's own", async () => {
  const { call, place, list } = openShop();
  expect((await list()).orders.map(({ number }) => number)).toEqual([1001, 1002]);
  const notesOf = async (number: number) => (await call("listNotes", { parameters: { number } })).body;
  expect(await notesOf(1001)).toHaveLength(1);
  expect(await notesOf((await place()).number)).toEqual([]);
});

test("a list honours its limits and its paging ends", async () => {
  const { place, list } = openShop();
  for (let index = 0; index < 4; index++) await place();
  const seen: number[] = [];
  for (let skip = 0; ; skip += 3) {
    const { orders, count, shown } = await list({ skip, take: 3 });
    expect([count, shown]).toEqual([6, orders.length]);
    seen.push(...orders.map(({ number }) => number));
    if (orders.length < 3) break;
  }
  expect(new Set(seen).size).toBe(6);
  expect((await list({ skip: 100 })).orders).toEqual([]);
});

test("a cursor leads to the next page, and one that is none is refused", async () => {
  const { call, place } = openShop();
  const { number } = await place();
  for (const text of ["a", "b", "c"]) await call("addNote", { parameters: { number }, body: { text } });
  const texts = async (after: string | null) => {
    const { status, body } = await call("listNotes", { parameters: { number, after } });
    return [status, Array.isArray(body) ? body.map((note: { text: string }) => note.text) : body];
  };
  expect(await texts(null)).toEqual([200, ["c", "b"]]);
  expect(await texts(btoa('{"offset":2}'))).toEqual([200, ["a"]]);
  expect(await texts("%%%")).toMatchObject([400, { status: 400 }]);
});

test("a list is filtered by parameters that are called like a property, unless the default or a word for several states is sent", async () => {
  const { place, list } = openShop();
  await place({ customer: "ben" });
  expect((await list({ customer: "ben" })).orders.map(({ customer }) => customer)).toEqual(["ben", "ben"]);
  expect((await list({ step: "packed" })).orders.map(({ number }) => number)).toEqual([1002]);
  expect(await list({ customer: "nobody" })).toMatchObject({ orders: [], count: 0, shown: 0 });
  expect((await list({ sum: 8 })).orders.map(({ number }) => number)).toEqual([1002]);
  expect([(await list({ sum: 0 })).count, (await list({ step: "any" })).count]).toEqual([3, 3]);
});

test("a job moves on by one state with each request for it", async () => {
  const { place, read } = openShop();
  const { number, step } = await place();
  const steps = [step];
  for (let index = 0; index < 3; index++) steps.push(((await read(number)).body as Order).step);
  expect(steps).toEqual(["placed", "packed", "sent", "sent"]);
});

test("a job of the document is shown as it is there first, and then moves too", async () => {
  const { read } = openShop();
  const steps = [await read(1002), await read(1002)].map(({ body }) => (body as Order).step);
  expect(steps).toEqual(["packed", "sent"]);
});

test("afterPolls says how many requests a state takes", async () => {
  const { place, read } = openShop({ afterPolls: 2 });
  const { number } = await place();
  const steps: string[] = [];
  for (let index = 0; index < 4; index++) steps.push(((await read(number)).body as Order).step);
  expect(steps).toEqual(["placed", "packed", "packed", "sent"]);
});

test("afterMs moves jobs with the clock alone", async () => {
  let nowMs = 5000;
  const { place, read } = openShop({ afterMs: 100, now: () => nowMs });
  const { number } = await place();
  const step = async () => ((await read(number)).body as Order).step;
  expect([await step(), await step(), await step()]).toEqual(["placed", "placed", "placed"]);
  nowMs += 199;
  expect(await step()).toBe("packed");
  nowMs += 1;
  expect(await step()).toBe("sent");
});

test("a list does not move jobs", async () => {
  const { place, list } = openShop();
  await place();
  await list();
  expect((await list()).orders[0]?.step).toBe("placed");
});

test("cancelling ends a job; after its end it is refused as documented", async () => {
  const { call, place, read } = openShop();
  const { number } = await place();
  const stopped = await call("stopOrder", { parameters: { number } });
  expect([stopped.status, stopped.body]).toMatchObject([200, { number, step: "stopped" }]);
  expect((await read(number)).body).toMatchObject({ step: "stopped" });
  const again = await call("stopOrder", { parameters: { number } });
  expect([again.status, again.body, again.problems]).toEqual([409, { error: "on its way" }, []]);
});

test("what is deleted is gone, with what belongs to it", async () => {
  const { call, place, read, list } = openShop();
  const { number } = await place();
  const note = (await call("addNote", { parameters: { number }, body: { text: "a" } })).body as { id: string };
  const readNote = () => call("getNote", { parameters: { number, note: note.id } });
  expect((await readNote()).body).toEqual({ id: note.id, text: "a" });
  expect((await call("deleteOrder", { parameters: { number } })).status).toBe(204);
  expect(await read(number)).toMatchObject({ status: 404, body: { error: "no such order" }, problems: [] });
  expect((await readNote()).status).toBe(404);
  expect((await list()).orders.map((order) => order.number)).not.toContain(number);
  // No 404 is declared here.
  const again = await call("deleteOrder", { parameters: { number } });
  expect([again.status, again.headers.get("content-type"), again.body]).toMatchObject([
    404,
    "application/problem+json",
    { status: 404, detail: `There is nothing of this id: ${number}.` },
  ]);
});

test("a DELETE whose links lead back to the resource leaves it there", async () => {
  const { call, place, read } = openShop();
  const { number } = await place();
  expect((await call("takeFlagAway", { parameters: { number } })).status).toBe(204);
  expect((await read(number)).status).toBe(200);
});

test("what examples belong to is not known where the document does not say: to any of its resources, but to none that is made", async () => {
  const vague = structuredClone(document);
  delete vague.components?.parameters?.Number?.example;
  const { call } = createCaller(vague, createMockFetch(vague, { stateful: true }));
  const { number } = (await call("placeOrder")).body as Order;
  const count = async (wanted: number) => {
    const { body } = await call("listNotes", { parameters: { number: wanted } });
    return Array.isArray(body) ? body.length : body;
  };
  expect([await count(1001), await count(1002), await count(number)]).toEqual([1, 1, 0]);
});

test("a change is remembered, whether a link leads to it or only its path is known", async () => {
  const { call, place, read } = openShop();
  const { number } = await place({ customer: "cleo", remark: "a" });
  const changed = await call("changeOrder", { parameters: { number }, body: { remark: "b", number: -1 } });
  expect([changed.body, changed.problems]).toMatchObject([{ number, customer: "cleo", remark: "b" }, []]);
  await call("changeOrder", { parameters: { number }, body: { remark: null } });
  expect((await read(number)).body).toMatchObject({ number, customer: "cleo", remark: null });
});

test("what a job brings is there when it is done", async () => {
  const { call, place } = openShop();
  const { number } = await place();
  const receipt = () => call("getReceipt", { parameters: { number } });
  expect(await receipt()).toMatchObject({ status: 404, body: { error: "no receipt yet" }, problems: [] });
  expect(await receipt()).toMatchObject({ status: 200, problems: [] });
  expect(await call("getReceipt", { parameters: { number: 5 } })).toMatchObject({
    status: 404,
    body: { error: "no such order" },
  });
});

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

interface Export {
  file: string;
  length: number;
  digest: string;
  kind: string;
}

test("the bytes of a download have the size, type and checksum that their description gives", async () => {
  const { call } = openShop();
  const { files } = (await call("listExports")).body as { files: Export[] };
  expect(files).toHaveLength(3);
  for (const described of files) {
    const parameters = { file: described.file };
    const { bytes, headers, status } = await call("downloadExport", { parameters });
    expect([status, bytes.length, headers.get("content-type")]).toEqual([200, described.length, described.kind]);
    expect(described.digest, described.file).toBe(`sha256:${await sha256(new Uint8Array(bytes))}`);
    expect((await call("getExport", { parameters })).body).toEqual(described);
    expect(headers.get("content-disposition")).toBe(`attachment; filename="${described.file}"`);
  }
  const { bytes } = await call("downloadExport", { parameters: { file: "logo.png" } });
  expect([...bytes.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
});

test("what is uploaded is downloaded, and described", async () => {
  const { mockFetch, call } = openShop();
  const sent = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
  const headers = { "content-type": "application/octet-stream" };
  const put = await mockFetch("https://x.example/exports/logo.png/bytes", { method: "PUT", headers, body: sent });
  expect(put.status).toBe(204);
  const parameters = { file: "logo.png" };
  expect([...(await call("downloadExport", { parameters })).bytes]).toEqual([...sent]);
  const digest = `sha256:${await sha256(sent)}`;
  expect((await call("getExport", { parameters })).body).toMatchObject({ length: 300, digest, kind: "image/png" });
});

test("a download answers ranges and conditions", async () => {
  const { call } = openShop();
  const get = (headers: Record<string, string>) => call("downloadExport", { headers });
  const whole = await get({});
  const etag = whole.headers.get("etag") ?? "";
  expect([whole.status, etag, whole.headers.get("accept-ranges")]).toEqual([
    200,
    expect.stringMatching(/^"\w+"$/),
    "bytes",
  ]);
  const cases: [Record<string, string>, number, string | null, string][] = [
    [{ range: "bytes=0-2" }, 206, "bytes 0-2/24", "sku"],
    [{ range: "bytes=-3" }, 206, "bytes 21-23/24", "12\n"],
    [{ range: "bytes=21-" }, 206, "bytes 21-23/24", "12\n"],
    [{ range: "bytes=21-999" }, 206, "bytes 21-23/24", "12\n"],
    [{ range: "bytes=24-" }, 416, "bytes */24", ""],
    [{ range: "bytes=-0" }, 416, "bytes */24", ""],
    [{ range: "bytes=0-1,3-4" }, 200, null, "sku,price\nA-1,10\nA-2,12\n"],
    [{ range: "lines=1-2" }, 200, null, "sku,price\nA-1,10\nA-2,12\n"],
    [{ range: "bytes=0-2", "if-range": '"other"' }, 200, null, "sku,price\nA-1,10\nA-2,12\n"],
    [{ range: "bytes=0-2", "if-range": etag }, 206, "bytes 0-2/24", "sku"],
    [{ "if-none-match": `"x", W/${etag}` }, 304, null, ""],
    [{ "if-none-match": "*" }, 304, null, ""],
    [{ "if-none-match": '"x"' }, 200, null, "sku,price\nA-1,10\nA-2,12\n"],
  ];
  for (const [headers, status, range, text] of cases) {
    const answer = await get(headers);
    const found = [answer.status, answer.headers.get("content-range"), new TextDecoder().decode(answer.bytes)];
    expect(found, JSON.stringify(headers)).toEqual([status, range, text]);
    if (status !== 304) expect(answer.headers.get("content-length")).toBe(String(text.length));
  }
});

test("sessions are apart; without one there is a common one", async () => {
  const mockFetch = createMockFetch(document, { stateful: true });
  const open = (session?: string) => createCaller(document, mockFetch, session);
  const { number } = (await open("a").call("placeOrder")).body as Order;
  const status = async (session?: string) =>
    (await open(session).call("getOrder", { parameters: { number: number + 7 } })).status;
  const count = async (session?: string) => ((await open(session).call("listOrders")).body as { count: number }).count;
  expect([await count("a"), await count("b"), await count()]).toEqual([3, 2, 2]);
  await open().call("placeOrder");
  expect([await count("a"), await count("b"), await count()]).toEqual([3, 2, 3]);
  expect(await status("a")).toBe(404);
  const long = await open("x".repeat(201)).call("listOrders");
  expect([long.status, long.body]).toMatchObject([400, { detail: expect.stringContaining("up to 200") }]);
});

test("a session can be forgotten", async () => {
  const handler = createHandler(document, { stateful: true }, createMemory(document));
  const headers = { "x-artifetch-session": "a", "content-type": "application/json" };
  const body = new TextEncoder().encode('{"customer":"cleo"}');
  await handler.handle({ method: "POST", url: "/orders", headers, body });
  const count = async () =>
    JSON.parse(new TextDecoder().decode((await handler.handle({ method: "GET", url: "/orders", headers })).body)).count;
  expect(await count()).toBe(3);
  handler.reset({ "x-artifetch-session": "b" });
  expect(await count()).toBe(3);
  handler.reset(headers);
  expect(await count()).toBe(2);
});

test("sessions and what one holds are bounded: the ones unused for longest, and the oldest resources, are forgotten", async () => {
  const mockFetch = createMockFetch(document, { stateful: true });
  const open = (session: string) => createCaller(document, mockFetch, session);
  const count = async (session: string) => ((await open(session).call("listOrders")).body as { count: number }).count;
  await open("kept").call("placeOrder");
  await open("lost").call("placeOrder");
  for (let index = 0; index < limits.sessions - 2; index++) await count(`other ${index}`);
  expect(await count("kept")).toBe(3);
  await count("one more");
  expect([await count("kept"), await count("lost")]).toEqual([3, 2]);
  for (let index = 0; index < limits.resources; index++) await open("full").call("addNote", { body: { text: "a" } });
  await open("full").call("placeOrder");
  const { body } = await open("full").call("listNotes", { parameters: { max: 2 * limits.resources } });
  // One of the document, and room for one order.
  expect(body).toHaveLength(1 + limits.resources - 1);
});

test("what is sent is bounded in size: what is over it is forgotten", async () => {
  const { call, place, list } = openShop();
  const remark = "a".repeat(8 * 1024 * 1024);
  for (let index = 0; index < 4; index++) await place({ customer: "cleo", remark });
  expect((await list({ take: 1 })).count).toBeLessThan(6);
  await call("changeOrder", { parameters: { number: 1001 }, body: { remark } });
  expect((await list({ take: 1 })).count).toBeGreaterThan(1);
  // More than a session may have, and none of it made: it begins again.
  await call("changeOrder", { parameters: { number: 1002 }, body: { remark } });
  await call("changeOrder", {
    parameters: { number: 1001 },
    body: { remark: `${remark}${remark.slice(1024 * 1024 * 7)}` },
  });
  expect(await list()).toMatchObject({ count: 2, orders: [{ remark: null }, { remark: "ring twice" }] });
});

test("a request that says what it prefers is answered as without memory, and changes nothing", async () => {
  const { call, list } = openShop();
  const plain = createCaller(document, createMockFetch(document));
  for (const prefer of ["code=404", "example=none", "dynamic=false"]) {
    const options = { headers: { prefer }, parameters: { number: 77 } };
    for (const id of ["getOrder", "listOrders"]) {
      const [here, there] = [await call(id, options), await plain.call(id, options)];
      expect([here.status, here.body], `${id} ${prefer}`).toEqual([there.status, there.body]);
    }
  }
  expect((await call("placeOrder", { headers: { prefer: "code=201" } })).body).toMatchObject({ number: 1003 });
  expect((await list()).count).toBe(2);
});

test("a request that breaks the document is refused and changes nothing", async () => {
  const { call, list } = openShop();
  expect((await call("placeOrder", { body: { customer: 1 } })).status).toBe(422);
  expect((await list()).count).toBe(2);
});

test("says what is not understood, and that a document has no links", () => {
  const notes = (paths: Record<string, Record<string, unknown>>) =>
    createMemory({ openapi: "3.1.0", info: { title: "T", version: "1" }, paths }).notes;
  const answer = { responses: { 200: { description: "OK" } } };
  expect(createHandler(document, { stateful: true }, createMemory(document)).notes).toEqual([
    "No link ties these to a resource; they answer from their examples: getWeather.",
    "What these change is not said; they answer from their examples: takeFlagAway.",
  ]);
  expect(notes({ "/a": { get: answer } })).toEqual([
    expect.stringContaining("The document has no links: nothing is remembered."),
  ]);
  const links = { links: { gone: { operationId: "nowhere" } } };
  expect(notes({ "/a": { get: { operationId: "a", responses: { 200: { description: "OK", ...links } } } } })).toContain(
    'a: its link "gone" leads to no operation of the document.',
  );
  expect(createHandler(document).notes).toEqual([]);
  expect(() => createHandler(document, { stateful: true })).toThrow("needs the memory to be given too");
});

test("names that objects have anyway are ordinary names", async () => {
  const { mockFetch, list } = openShop();
  const headers = { "content-type": "application/json", "x-artifetch-session": "__proto__" };
  const body = '{"remark":"x","__proto__":{"polluted":true},"constructor":1}';
  const patched = await mockFetch("https://x.example/orders/1001", { method: "PATCH", headers, body });
  expect(patched.status).toBe(200);
  expect(await patched.json()).toMatchObject({ number: 1001, remark: "x" });
  expect(({} as { polluted?: boolean }).polluted).toBe(undefined);
  expect((await list()).count).toBe(2);
});

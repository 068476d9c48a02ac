/** Which fault an answer gets, and what it makes of the answer: no socket, no time. */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { OptionError } from "./errors.ts";
import { applyFault, createFaultSource, type FaultOptions, toPieces } from "./faults.ts";
import { createMockFetch } from "./fetch.ts";
import { type MockResponse, toResponse } from "./message.ts";

const service = fileURLToPath(new URL("../fixtures/service.yaml", import.meta.url));
const url = "http://x.example/runs/42";

function parse(header: string) {
  return createFaultSource({})(header);
}

test("a header has one fault or several, in any case, with spaces or without", () => {
  expect(parse("status=503; retry-after=2")).toMatchObject({ status: 503, retryAfterSeconds: 2 });
  expect(parse(" Delay = 250 ;RESET")).toMatchObject({ delayMs: 250, reset: true });
  expect(parse("truncate;malformed;drip=100")).toMatchObject({
    truncate: true,
    malformed: true,
    dripBytesPerSecond: 100,
  });
});

test("no header and an empty one ask for nothing", () => {
  expect(createFaultSource({})(undefined)).toBe(undefined);
  expect(parse("")).toBe(undefined);
  expect(parse("  ")).toBe(undefined);
});

const wrongHeaders: [string, string][] = [
  ["statu=503", '"statu=503" is no fault'],
  ["status", '"status" is no fault'],
  ["status=200", '"status=200" is no fault'],
  ["status=600", '"status=600" is no fault'],
  ["status=5e2", '"status=5e2" is no fault'],
  ["status=503=1", '"status=503=1" is no fault'],
  ["delay=-1", '"delay=-1" is no fault'],
  ["delay=300001", '"delay=300001" is no fault'],
  ["delay=1.5", '"delay=1.5" is no fault'],
  ["drip=0", '"drip=0" is no fault'],
  ["reset=true", '"reset=true" is no fault'],
  ["reset;", '"" is no fault'],
  ["reset, truncate", '"reset, truncate" is no fault'],
  ["__proto__", '"__proto__" is no fault'],
  ["constructor=1", '"constructor=1" is no fault'],
  ["delay=1; delay=2", '"delay" is there twice'],
  ["text=1", '"text=1" is no fault'],
];

for (const [header, reason] of wrongHeaders) {
  test(`refuses the header ${JSON.stringify(header)}, says what is wrong`, () => {
    expect(() => parse(header)).toThrow(expect.objectContaining({ status: 400 }));
    expect(() => parse(header)).toThrow(expect.objectContaining({ detail: expect.stringContaining(reason) }));
  });
}

test("a header that is refused is told what is allowed, as a problem document", async () => {
  const response = await createMockFetch(service)(url, { headers: { "X-Artifetch-Fault": "sleep=1" } });
  expect([response.status, await response.json()]).toEqual([
    400,
    {
      type: "https://stoplight.io/prism/errors#INVALID_FAULT",
      title: "Invalid fault",
      status: 400,
      detail:
        'X-Artifetch-Fault: "sleep=1" is no fault. A fault is one or more of status=400 to 599, retry-after=0 to 86400 (seconds), ' +
        "delay=0 to 300000 (milliseconds), drip=1 to 1000000000 (bytes per second), reset, truncate, malformed, " +
        'separated by ";".',
    },
  ]);
});

function drawTexts(options: FaultOptions, count: number): (string | undefined)[] {
  const findFault = createFaultSource(options);
  return Array.from({ length: count }, () => findFault(undefined)?.text);
}

test("faults of the options come for their shares, one at most per request, the same ones for the same seed", () => {
  const options = { fault: ["10% reset", "25.5% status=503"], seed: "s" };
  const drawn = drawTexts(options, 10_000);
  expect(drawTexts(options, 10_000)).toEqual(drawn);
  expect(drawTexts({ ...options, seed: "t" }, 10_000)).not.toEqual(drawn);
  // The seed makes these numbers what they are; five standard deviations are 150 and 218.
  const count = (text: string) => drawn.filter((other) => other === text).length;
  expect(Math.abs(count("reset") - 1000)).toBeLessThan(150);
  expect(Math.abs(count("status=503") - 2550)).toBeLessThan(218);
});

test("a fault without a share comes always, one with 0% never", () => {
  expect(new Set(drawTexts({ fault: "reset" }, 100))).toEqual(new Set(["reset"]));
  expect(new Set(drawTexts({ fault: "0% reset" }, 100))).toEqual(new Set([undefined]));
  expect(new Set(drawTexts({ fault: ["50% reset", "50%truncate"] }, 100))).toEqual(new Set(["reset", "truncate"]));
});

test("a header goes before the faults of the options, an empty one for none, and changes no other request", () => {
  const options = { fault: "50% reset", seed: "s" };
  const findFault = createFaultSource(options);
  const drawn = drawTexts(options, 20).slice(2);
  expect(findFault("truncate")?.text).toBe("truncate");
  expect(findFault("")).toBe(undefined);
  expect(drawn.map(() => findFault(undefined)?.text)).toEqual(drawn);
});

test("latency is added to every answer, and to the delay of a fault", () => {
  expect(createFaultSource({ latency: 50 })(undefined)).toEqual({ delayMs: 50 });
  expect(createFaultSource({ latency: "50" })("delay=100")?.delayMs).toBe(150);
  const findFault = createFaultSource({ latency: "20-22", seed: "s" });
  expect(new Set(Array.from({ length: 100 }, () => findFault(undefined)?.delayMs))).toEqual(new Set([20, 21, 22]));
});

const wrongOptions: [FaultOptions, string, string][] = [
  [{ fault: "10% statu=503" }, "fault", 'is "10% statu=503": "statu=503" is no fault. A fault is one or more of'],
  [{ fault: ["reset", "x"] }, "fault", 'is "x": '],
  [{ fault: "" }, "fault", 'is "": '],
  [{ fault: "10%" }, "fault", 'is "10%": '],
  [{ fault: "101% reset" }, "fault", 'is "101% reset": 101% is no share; it goes from 0% to 100%.'],
  [{ fault: "-1% reset" }, "fault", 'is "-1% reset": '],
  [{ fault: ["60% reset", "40.5% truncate"] }, "fault", "is given for 100.5% of the requests"],
  [
    { latency: "fast" },
    "latency",
    'is "fast"; it takes milliseconds from 0 to 60000, or a range of them such as 20-80.',
  ],
  [{ latency: "80-20" }, "latency", 'is "80-20"; '],
  [{ latency: -1 }, "latency", "is -1; "],
  [{ latency: 1.5 }, "latency", "is 1.5; "],
  [{ latency: 60_001 }, "latency", "is 60001; "],
];

for (const [options, option, reason] of wrongOptions) {
  test(`refuses ${JSON.stringify(options)}`, () => {
    expect(() => createMockFetch(service, options)).toThrow(OptionError);
    expect(() => createMockFetch(service, options)).toThrow(
      expect.objectContaining({ option, reason: expect.stringContaining(reason) }),
    );
  });
}

test("shares of 100% together are taken, whatever their sum is in binary", () => {
  // 0.33 + 0.56 + 0.11 is 1.0000000000000002.
  expect(() => createFaultSource({ fault: ["33% reset", "56% reset", "11% reset"] })).not.toThrow();
});

const malformable = ["{}", "[1,2]", "12", '"a"', "null", '{"a":"<"}', "<a>b</a>", "<a/>", "plain"];

for (const text of malformable) {
  test(`${text} malformed parses as nothing`, () => {
    const response = applyFault(toResponse(200, "application/json", text), { malformed: true });
    const body = response.body ?? new Uint8Array();
    expect(response.headers["content-length"]).toBe(String(body.byteLength));
    expect(() => JSON.parse(new TextDecoder().decode(body))).toThrow(SyntaxError);
    expect(() => new TextDecoder("utf-8", { fatal: true }).decode(body)).toThrow(TypeError);
    expect(new TextDecoder().decode(body)).toMatch(/<\uFFFD$/);
  });
}

test("an answer without a body stays without, malformed or truncated", () => {
  const empty: MockResponse = { status: 204, headers: {}, problems: [] };
  expect(applyFault(empty, { malformed: true })).toEqual(empty);
  expect(applyFault(empty, { truncate: true })).toEqual({ ...empty, fault: { truncate: true } });
});

test("an empty body that is truncated lacks a byte", () => {
  const empty = toResponse(200, "text/plain", "");
  expect(applyFault(empty, { truncate: true }).headers["content-length"]).toBe("1");
});

test("a fault is named among the problems, latency is not", () => {
  const response = toResponse(200, "text/plain", "a");
  expect(applyFault(response, { text: "delay=1", delayMs: 1 }).problems).toEqual(["fault: delay=1"]);
  expect(applyFault(response, { delayMs: 1 })).toMatchObject({ problems: [], fault: { delayMs: 1 } });
});

test("a body drips in pieces, with pauses between them that give the pace", async () => {
  const steps: (number | string)[] = [];
  const body = new TextEncoder().encode("abcdefghij");
  const collect = async (dripBytesPerSecond: number, truncate?: true) => {
    steps.length = 0;
    const fault = { dripBytesPerSecond, ...(truncate && { truncate }) };
    const pieces = toPieces(body, fault, async (milliseconds) => void steps.push(milliseconds));
    for await (const piece of pieces) steps.push(new TextDecoder().decode(piece));
    return steps;
  };
  expect(await collect(40)).toEqual(["abcd", 100, "efgh", 100, "ij"]);
  expect(await collect(4, true)).toEqual(["a", 250, "b", 250, "c", 250, "d", 250, "e"]);
  expect(await collect(1000)).toEqual(["abcdefghij"]);
});

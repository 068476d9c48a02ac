import { listOperations } from "@artifetch/document";
import { expect, test } from "vitest";
import { depot } from "../fixtures/depot.ts";
import { createCaseMaker } from "./cases.ts";
import type { Case } from "./model.ts";
import { createValidators } from "./validate.ts";

const operations = listOperations(depot);
const maker = createCaseMaker(depot, operations);
const plan = (id: string) => maker.plan(operations.find((operation) => operation.id === id) ?? expect.fail()).cases;
const all = operations.flatMap((operation) => maker.plan(operation).cases);
const readBody = ({ request }: Case): unknown => JSON.parse(new TextDecoder().decode(request.body));
const titlesOf = (cases: Case[], kind: Case["kind"], place: string) =>
  cases.filter((each) => each.kind === kind && each.title.startsWith(place)).map(({ title }) => title);

// Another road than the one by which the cases were made.
const validate = createValidators(depot)({ $ref: "#/components/schemas/NewRun" });
const bodies = plan("createRun").filter(({ request }) => request.headers["content-type"] === "application/json");

test.each(bodies.filter(({ kind }) => kind === "positive").map((each) => [each.title, each]))(
  "%s breaks no rule",
  (_, each) => {
    expect(validate(readBody(each as Case))).toEqual([]);
  },
);

test.each(bodies.filter(({ kind }) => kind === "negative").map((each) => [each.title, each]))(
  "%s breaks its rule",
  (_, each) => {
    const { rule } = each as Case;
    const broken = validate(readBody(each as Case));
    // Of a choice, each branch complains as well.
    if (rule?.keyword === "oneOf") expect(broken.join()).toContain("must match exactly one schema in oneOf");
    else expect(broken).toHaveLength(1);
  },
);

test("tries both sides of every limit of a body", () => {
  expect(titlesOf(plan("createRun"), "negative", "body")).toEqual(
    expect.arrayContaining([
      "body without name",
      "body with an unknown property",
      "body of another type",
      "body /name shorter than its minLength",
      "body /name longer than its maxLength",
      "body /name null",
      "body /size below its minimum",
      "body /size at its exclusiveMaximum",
      "body /size with a fraction",
      "body /ratio at its exclusiveMinimum",
      "body /ratio above its maximum",
      "body /at not in its format",
      "body /code that does not match its pattern",
      "body /steps with fewer than its minItems",
      "body /steps with more than its maxItems",
      "body /steps with an item twice",
      "body /mode off its list",
      "body left out",
      "body of an undocumented type",
    ]),
  );
  expect(titlesOf(plan("createRun"), "positive", "body")).toEqual(
    expect.arrayContaining([
      "body /name of its minLength",
      "body /name of its maxLength",
      "body /size null",
      "body /size at its minimum",
      "body /size below its exclusiveMaximum",
      "body /ratio just above its exclusiveMinimum",
      "body /mode number 2 of its list",
    ]),
  );
});

test("leaves out of requests what is only read", () => {
  expect(bodies.filter((each) => JSON.stringify(readBody(each)).includes('"id"'))).toEqual([]);
});

test("takes no text for wrong that can be read as right", () => {
  expect(titlesOf(plan("listRuns"), "negative", "query")).toEqual([
    "query.limit of another type",
    "query.limit with a fraction",
    "query.limit below its minimum",
    "query.limit above its maximum",
    "query.name longer than its maxLength",
    "query.tags with more than its maxItems",
    "query.tags /0 off its list",
  ]);
});

test("says which one rule each negative case breaks, and where the document has it", () => {
  for (const { kind, rule, id } of all) expect([id, rule !== undefined]).toEqual([id, kind === "negative"]);
  expect(plan("listRuns").find(({ title }) => title === "query.limit above its maximum")?.rule).toEqual({
    place: { in: "query", name: "limit" },
    keyword: "maximum",
    description: "query parameter limit is 11: it must be <= 10",
    documentPointer: "#/paths/~1runs/get/parameters/0/schema/maximum",
  });
});

test("leaves out required headers as a check of its own", () => {
  expect(all.filter(({ check }) => check === "missing_required_header").map(({ title }) => title)).toEqual([
    "header.X-Trace left out",
  ]);
});

test("asks once per path with a method that it does not have, and never with DELETE", () => {
  const tried = all
    .filter(({ check }) => check === "unsupported_method")
    .map(({ request }) => `${request.method} ${request.path}`);
  expect(tried).toEqual([
    "PATCH /runs",
    "PATCH /runs/run-0001",
    "GET /runs/run-0001/cancel",
    "PATCH /runs/run-0001/file",
  ]);
});

test("asks every secured operation once without credentials", () => {
  const anonymous = all.filter(({ request }) => request.isAnonymous);
  expect(anonymous.map(({ operationId, check }) => [operationId, check])).toEqual(
    operations.map(({ id }) => [id, "ignored_auth"]),
  );
});

test("gives every case an id of its own, the same each time", () => {
  const ids = all.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const again = createCaseMaker(depot, operations);
  expect(operations.flatMap((operation) => again.plan(operation).cases)).toEqual(all);
});

test("asks for statuses and examples by name only when told so", () => {
  expect(all.filter(({ request }) => "prefer" in request.headers)).toEqual([]);
  const preferring = createCaseMaker(depot, operations, { prefer: true });
  const wanted = operations.flatMap((operation) => preferring.plan(operation).cases).filter((each) => each.wanted);
  expect(wanted.map(({ request }) => request.headers.prefer)).toEqual(expect.arrayContaining(["code=204", "code=404"]));
});

test("uses a value that is given, as the parameter's schema has it", () => {
  const given = createCaseMaker(depot, operations, {
    findValue: (_, { name }) => (name === "limit" ? "7" : undefined),
  });
  const cases = given.plan(operations[0] ?? expect.fail()).cases;
  expect(cases.some(({ request }) => request.path === "/runs?limit=7")).toBe(true);
});

test("says why there are no cases where no good request is known", () => {
  const impossible = {
    ...depot,
    paths: {
      "/a/{id}": {
        get: {
          operationId: "get",
          parameters: [{ name: "id", in: "path", required: true, schema: { type: "integer", minimum: 2, maximum: 1 } }],
          responses: {},
        },
      },
    },
  };
  const [operation] = listOperations(impossible);
  expect(createCaseMaker(impossible, listOperations(impossible)).plan(operation ?? expect.fail())).toEqual({
    cases: [],
    skipped: [
      {
        operationId: "get",
        check: "positive_data_acceptance",
        reason: expect.stringContaining("no value is known for the path parameter id"),
      },
    ],
  });
});

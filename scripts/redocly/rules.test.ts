/** Shows each rule of redocly.yaml refusing one bad document. The linter runs once, as users run it, over all of them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { change, type Files, goodDocument, type Json } from "./good-document.ts";

const config = fileURLToPath(new URL("../../redocly.yaml", import.meta.url));
const redocly = createRequire(import.meta.url).resolve("@redocly/cli/bin/cli.js");

const entry = "openapi.yaml";
const jobs = "paths/jobs.yaml";
const job = "paths/jobs_{job_id}.yaml";
const jobSchema = "components/schemas/Job.yaml";
const failure = "components/responses/Failure.yaml";
const example = "components/examples/TwoJobs.yaml";
const pathParameter = "components/parameters/JobIdPath.yaml";
const page = "/get/x-pagination";
const jobStates = "/properties/state/x-job-states";
const created = "/post/responses/201";
const body = "/content/application~1json";
const failureBody = "/content/application~1problem+json";

type Change = readonly [file: string, pointer: string, value?: Json];

interface Case {
  readonly rule: string;
  readonly refuses: string;
  /** What makes the good document bad. */
  readonly changes: readonly Change[];
  /** Where the problem is reported. */
  readonly at: readonly [file: string, pointer: string];
}

/** The problem stands where the first change was made, unless `at` says otherwise. */
function bad(rule: string, refuses: string, change: Change | readonly Change[], at?: Case["at"]): Case {
  const changes = isChange(change) ? [change] : change;
  const [[file, pointer] = ["", ""]] = changes;
  return { rule, refuses, changes, at: at ?? [file, pointer] };
}

function isChange(value: Change | readonly Change[]): value is Change {
  return typeof value[0] === "string";
}

/** One more path, with one more operation. */
function withLogs(path: string, operation: { [key: string]: Json }): Change[] {
  const file = `paths/${path.slice(1).replaceAll("/", "_")}.yaml`;
  const deletion = {
    tags: ["jobs"],
    summary: "Delete logs",
    description: "The jobs stay.",
    "x-sources": ["https://docs.jobs.dev/logs"],
    responses: { "204": { description: "Deleted." }, "400": { $ref: "../components/responses/Failure.yaml" } },
  };
  return [
    [entry, `/paths/${path.replaceAll("/", "~1")}`, { $ref: file }],
    [file, "", { delete: { ...deletion, ...operation } }],
  ];
}

const parameter = { name: "page", in: "query", description: "Absent: the first." };
const jsonContent = { "application/json": { schema: { type: "integer" }, examples: { one: { value: 1 } } } };
const oneOfTwo = { oneOf: [{ $ref: "../components/schemas/Job.yaml" }, { type: "string" }] };

const cases: readonly Case[] = [
  bad("struct", "`nullable`", [jobSchema, "/properties/id/nullable", true]),
  bad("struct", "an unknown key", [jobs, "/get/sumary", "List"]),
  bad("no-unresolved-refs", "a reference to no file", [
    jobs,
    "/get/responses/400",
    { $ref: "../components/None.yaml" },
  ]),
  bad(
    "security-defined",
    "an unknown security scheme",
    [job, "/get/security", [{ token: [] }]],
    [job, "/get/security/0/token"],
  ),
  bad("no-empty-servers", "no server", [entry, "/servers", []]),
  bad(
    "no-unused-components",
    "an unused security scheme",
    [entry, "/security", [{ apiKey: [] }]],
    [entry, "/components/securitySchemes/login"],
  ),
  bad(
    "operation-2xx-response",
    "an operation without success",
    [job, "/delete/responses/204"],
    [job, "/delete/responses"],
  ),
  bad(
    "operation-4xx-response",
    "an operation without refusal",
    [job, "/delete/responses/404"],
    [job, "/delete/responses"],
  ),
  bad(
    "path-parameters-defined",
    "an undeclared path parameter",
    withLogs("/logs/{log_id}", { operationId: "deleteLog" }),
    ["paths/logs_{log_id}.yaml", "/delete/parameters"],
  ),

  bad("operation-operationId", "an operation without id", [jobs, "/post/operationId"]),
  bad(
    "operation-operationId-unique",
    "an id used twice",
    [jobs, "/post/operationId", "listJobs"],
    [jobs, "/post/listJobs"],
  ),
  bad("rule/operation-id-is-verb-and-noun", "a verb alone", [jobs, "/post/operationId", "list"]),
  bad("rule/operation-id-is-verb-and-noun", "snake case", [jobs, "/post/operationId", "list_Jobs"]),
  bad("rule/operation-id-is-verb-and-noun", "PascalCase", [jobs, "/post/operationId", "ListJobs"]),
  bad("rule/operation-id-is-verb-and-noun", "`ById`", [jobs, "/post/operationId", "createJobById"]),
  bad("rule/operation-id-is-verb-and-noun", "the article `A`", [jobs, "/post/operationId", "createAJob"]),
  bad("rule/operation-id-is-verb-and-noun", "the article `An`", [jobs, "/post/operationId", "createAnEvent"]),
  bad("rule/operation-id-is-verb-and-noun", "the article `The`", [jobs, "/post/operationId", "createTheJob"]),
  bad("rule/paginated-operation-is-called-list-or-search", "a list called get", [
    [jobs, "/get/operationId", "getJobs"],
    [jobs, "/get/responses/200/links/nextPage/operationId", "getJobs"],
    [jobs, `${created}/links/jobsOfTeam/operationId`, "getJobs"],
  ]),
  bad("operation-summary", "an operation without summary", [jobs, "/get/summary"]),
  bad("rule/summary-has-no-full-stop", "a full stop", [jobs, "/get/summary", "List jobs."]),
  bad("operation-description", "an operation without description", [jobs, "/get/description"]),
  bad("parameter-description", "a parameter without description", [pathParameter, "/description"], [pathParameter, ""]),
  bad("tag-description", "a tag without description", [entry, "/tags/0/description"]),
  bad("operation-tag-defined", "an undescribed tag", [jobs, "/get/tags/0", "job"]),
  bad("rule/header-has-description", "a header without description", ["components/headers/Total.yaml", "/description"]),
  bad("rule/description-is-not-blank", "a blank description", ["components/schemas/State.yaml", "/description", "  "]),

  bad(
    "rule/json-body-has-schema-and-examples",
    "a success without example",
    [jobs, `${created}${body}/examples`],
    [jobs, `${created}${body}`],
  ),
  bad(
    "rule/json-body-has-schema-and-examples",
    "an error without example",
    [failure, `${failureBody}/examples`],
    [failure, failureBody],
  ),
  bad(
    "rule/json-body-has-schema-and-examples",
    "a request without example",
    [jobs, `/post/requestBody${body}/examples`],
    [jobs, `/post/requestBody${body}`],
  ),
  bad("rule/body-examples-are-named", "an example without name", [
    jobs,
    `/post/requestBody${body}/example`,
    { name: "x" },
  ]),
  bad("rule/examples-are-not-empty", "no example in `examples`", [jobs, `/post/requestBody${body}/examples`, {}]),
  bad("rule/example-has-value", "an example without value", [example, "", { summary: "Two" }]),
  bad(
    "rule/parameter-example-is-inline",
    "an example that is not validated",
    [
      pathParameter,
      "",
      {
        name: "job_id",
        in: "path",
        required: true,
        description: "ID of the job.",
        schema: { type: "string" },
        examples: { one: { $ref: "../examples/TwoJobs.yaml" } },
      },
    ],
    [pathParameter, "/examples/one"],
  ),
  bad("no-invalid-media-type-examples", "a wrong type", [
    jobs,
    `/post/requestBody${body}/examples/named/value/name`,
    5,
  ]),
  bad("no-invalid-media-type-examples", "a wrong type in a file of its own", [example, "/value/data/0/id", 5]),
  bad("no-invalid-media-type-examples", "a missing field in an error", [
    failure,
    `${failureBody}/examples/wrong/value`,
    {},
  ]),
  bad("no-invalid-media-type-examples", "an unknown field where the schema is closed", [
    jobs,
    `/post/requestBody${body}/examples/named/value/size`,
    1,
  ]),
  bad("no-invalid-media-type-examples", "a value outside an enum", [example, "/value/data/0/state", "ended"]),
  bad("no-invalid-media-type-examples", "a date-time without zone", [
    example,
    "/value/data/0/created_at",
    "2026-05-18T10:00:00",
  ]),
  bad("no-invalid-media-type-examples", "a uuid that is none", [example, "/value/data/1/owner_id", "5"]),
  bad("no-invalid-parameter-examples", "a parameter's example of the wrong type", [pathParameter, "/example", 1]),
  bad(
    "no-invalid-schema-examples",
    "a schema's example of the wrong type",
    [jobSchema, "/properties/id/examples", [1]],
    [jobSchema, "/properties/id/examples/0"],
  ),
  bad(
    "artifetch/parameter-has-example",
    "a parameter without any value",
    [pathParameter, "/example"],
    [pathParameter, ""],
  ),
  bad(
    "rule/json-body-has-schema-and-examples",
    "a body without schema",
    [
      [jobs, `/post/requestBody${body}/schema`],
      [jobs, `${created}/links/jobsOfTeam`],
    ],
    [jobs, `/post/requestBody${body}`],
  ),
  bad(
    "rule/error-body-has-schema",
    "an error body without schema",
    [failure, "/content/text~1html", {}],
    [failure, "/content/text~1html/schema"],
  ),

  bad("rule/path-has-its-own-file", "an inline path", [entry, "/paths/~1health", { description: "Health." }]),
  bad("rule/security-scheme-has-its-own-file", "an inline security scheme", [
    [entry, "/components/securitySchemes/login", { type: "http", scheme: "basic", "x-env": "JOBS_LOGIN" }],
    ["components/security-schemes/login.yaml", ""],
  ]),
  bad("rule/entry-lists-no-other-components", "schemas in the entry document", [entry, "/components/schemas", {}]),
  bad("artifetch/ref-names-a-whole-file", "a reference into a file", [
    jobSchema,
    "/properties/x-note/$ref",
    "Job.yaml#/properties/id",
  ]),
  bad("artifetch/component-file-is-no-reference", "keywords beside a `$ref` that validation of examples passes over", [
    [jobSchema, "/properties/x-note/$ref", "Note.yaml"],
    ["components/schemas/Note.yaml", "", { $ref: "State.yaml", maxLength: 3 }],
  ]),
  bad("artifetch/component-file-is-no-reference", "another name of a component", [
    [jobSchema, "/properties/x-note/$ref", "Note.yaml"],
    ["components/schemas/Note.yaml", "", { $ref: "State.yaml" }],
  ]),
  bad(
    "artifetch/file-is-named-for-its-content",
    "a component that is not PascalCase",
    [
      [jobSchema, "/properties/id", { $ref: "job_id.yaml" }],
      ["components/schemas/job_id.yaml", "", { type: "string" }],
    ],
    [jobSchema, "/properties/id/$ref"],
  ),
  bad(
    "artifetch/file-is-named-for-its-content",
    "a path file of another name",
    [
      [entry, "/paths/~1jobs~1all", { $ref: "paths/all.yaml" }],
      ["paths/all.yaml", "", { description: "All jobs." }],
    ],
    [entry, "/paths/~1jobs~1all/$ref"],
  ),
  bad("artifetch/file-is-named-for-its-content", "a security scheme of another name", [
    [entry, "/components/securitySchemes/login/$ref", "components/security-schemes/Login.yaml"],
    ["components/security-schemes/login.yaml", ""],
    ["components/security-schemes/Login.yaml", "", { type: "http", scheme: "basic", "x-env": "JOBS_LOGIN" }],
  ]),
  bad(
    "artifetch/component-file-name-is-unique",
    "one name in two folders",
    [
      [jobSchema, "/properties/id", { $ref: "TwoJobs.yaml" }],
      ["components/schemas/TwoJobs.yaml", "", { type: "string" }],
    ],
    [jobs, `/get/responses/200${body}/examples/two/$ref`],
  ),
  bad(
    "artifetch/component-file-name-is-unique",
    "a name that a shared file has",
    [
      [jobSchema, "/properties/id", { $ref: "Page.yaml" }],
      ["components/schemas/Page.yaml", "", { type: "string" }],
    ],
    [jobSchema, "/properties/id/$ref"],
  ),
  bad(
    "artifetch/file-is-used",
    "a file to which nothing refers",
    ["components/schemas/Lost.yaml", "", { type: "string" }],
    [entry, ""],
  ),

  bad("rule/operation-has-sources", "an operation without sources", [jobs, "/get/x-sources"]),
  bad("artifetch/sources-are-texts", "an empty list of sources", [jobs, "/get/x-sources", []]),
  bad("artifetch/sources-are-texts", "a source that is no list", [failure, "/x-sources", "https://docs.jobs.dev/"]),
  bad("artifetch/inferred-gives-a-reason", "a mark without reason", [jobs, "/post/x-inferred", true]),
  bad("artifetch/inferred-gives-a-reason", "a blank reason beside a reference", [
    jobSchema,
    "/properties/state/x-inferred",
    " ",
  ]),
  bad("artifetch/extension-is-in-readme", "an unknown extension", [jobs, "/get/x-internal", true]),
  bad("artifetch/extension-is-in-readme", "an extension on the wrong object", [jobs, "/get/x-env", "JOBS_URL"]),
  bad("artifetch/extension-is-in-readme", "an unknown extension beside a reference", [
    jobSchema,
    "/properties/state/x-a",
    1,
  ]),
  bad("rule/credential-names-its-variable", "a key without variable", [
    "components/security-schemes/apiKey.yaml",
    "/x-env",
  ]),
  bad("rule/env-is-variable-name", "a name that no variable has", [entry, "/servers/1/x-env", "jobs url"]),

  bad("rule/info-says-when-checked", "a document that does not say when it was checked", [entry, "/info/x-checked"]),
  bad("rule/info-says-when-checked", "a day that is none", [entry, "/info/x-checked", "2026-13-01"]),
  bad("rule/info-lists-generations", "a document without generations", [entry, "/info/x-generations"]),
  bad("rule/info-lists-generations", "an unknown stability", [entry, "/info/x-generations/0/stability", "solid"]),
  bad(
    "artifetch/generations-cover-paths",
    "a path of no generation",
    [entry, "/info/x-generations/0/path", "/jobs/"],
    [entry, "/info/x-generations"],
  ),
  bad("artifetch/generations-cover-paths", "a path of two generations", [
    entry,
    "/info/x-generations",
    [
      { name: "v1", path: "/", stability: "stable" },
      { name: "v2", path: "/jobs/", stability: "beta" },
    ],
  ]),
  bad("artifetch/generations-cover-paths", "a generation without paths", [
    entry,
    "/info/x-generations",
    [
      { name: "v1", path: "/", stability: "stable" },
      { name: "v2", path: "/v2/", stability: "beta" },
    ],
  ]),

  bad("rule/pagination-has-known-form", "an unknown style", [
    [jobs, `${page}/style`, "keyset"],
    [jobs, `${page}/first`],
  ]),
  bad("rule/pagination-has-known-form", "no place of the items", [jobs, `${page}/items`], [jobs, page]),
  bad("rule/pagination-has-known-form", "an unknown key", [jobs, `${page}/limit`, 5]),
  bad("rule/pagination-has-known-form", "a size that is no number", [jobs, `${page}/size`, "20"]),
  bad("rule/pagination-has-known-form", "what is no JSON Pointer", [jobs, `${page}/total`, "meta.total"]),
  bad("artifetch/pagination-fits-operation", "an unknown page parameter", [jobs, `${page}/parameter`, "pages"]),
  bad("artifetch/pagination-fits-operation", "a page in a header", [jobs, `${page}/parameter`, "Team"]),
  bad(
    "artifetch/pagination-fits-operation",
    "a list without body",
    withLogs("/logs", { operationId: "listLogs", "x-pagination": { style: "none", items: "" } }),
    ["paths/logs.yaml", "/delete/x-pagination/items"],
  ),
  bad("artifetch/pagination-fits-operation", "an unknown size parameter", [jobs, `${page}/sizeParameter`, "limit"]),
  bad(
    "artifetch/pagination-fits-operation",
    "pages without parameter",
    [jobs, `${page}/parameter`],
    [jobs, `${page}/style`],
  ),
  bad(
    "artifetch/pagination-fits-operation",
    "a first number of a cursor",
    [jobs, `${page}/style`, "cursor"],
    [jobs, `${page}/first`],
  ),
  bad(
    "artifetch/pagination-fits-operation",
    "a page parameter of a whole list",
    [jobs, page, { style: "none", items: "/data", parameter: "page" }],
    [jobs, `${page}/parameter`],
  ),
  bad(
    "artifetch/pagination-fits-operation",
    "a next page of a whole list",
    [jobs, page, { style: "none", items: "/data", next: "/meta/next" }],
    [jobs, `${page}/next`],
  ),
  bad("artifetch/pagination-fits-operation", "items that are not there", [jobs, `${page}/items`, "/jobs"]),
  bad("artifetch/pagination-fits-operation", "items that are no array", [jobs, `${page}/items`, "/meta"]),
  bad("artifetch/pagination-fits-operation", "a next page that is not there", [
    jobs,
    `${page}/next`,
    "/meta/following",
  ]),
  bad(
    "artifetch/job-states-fit-enum",
    "a state outside the enum",
    [jobSchema, `${jobStates}/order/0`, "queued"],
    [jobSchema, jobStates],
  ),
  bad(
    "artifetch/job-states-fit-enum",
    "success that is not terminal",
    [jobSchema, `${jobStates}/terminal`, ["cancelled"]],
    [jobSchema, jobStates],
  ),
  bad(
    "artifetch/job-states-fit-enum",
    "a terminal state that is left",
    [jobSchema, `${jobStates}/terminal`, ["running", "done", "cancelled"]],
    [jobSchema, jobStates],
  ),
  bad(
    "artifetch/job-states-fit-enum",
    "a cancelled job that goes on",
    [jobSchema, `${jobStates}/terminal`, ["done"]],
    [jobSchema, jobStates],
  ),
  bad(
    "artifetch/job-states-fit-enum",
    "success after a cancel",
    [jobSchema, `${jobStates}/cancelled`, "done"],
    [jobSchema, jobStates],
  ),
  bad("artifetch/job-states-fit-enum", "no order", [jobSchema, `${jobStates}/order`], [jobSchema, jobStates]),
  bad(
    "artifetch/job-states-fit-enum",
    "an unknown key",
    [jobSchema, `${jobStates}/paused`, []],
    [jobSchema, jobStates],
  ),
  bad(
    "artifetch/job-states-fit-enum",
    "a state named twice",
    [jobSchema, `${jobStates}/terminal/1`, "done"],
    [jobSchema, jobStates],
  ),
  bad("artifetch/job-states-fit-enum", "states on a schema that is no property", [jobSchema, "/x-job-states", {}]),

  bad("artifetch/link-can-be-followed", "a link without operation", [jobs, `${created}/links/getJob/operationId`]),
  bad("artifetch/link-can-be-followed", "a link to no operation", [
    jobs,
    `${created}/links/getJob/operationId`,
    "readJob",
  ]),
  bad("artifetch/link-can-be-followed", "a parameter that is not there", [
    jobs,
    `${created}/links/getJob/parameters/id`,
    "$response.body#/id",
  ]),
  bad("artifetch/link-can-be-followed", "a missing path parameter", [jobs, `${created}/links/getJob/parameters`, {}]),
  bad("artifetch/link-can-be-followed", "a value that the body does not have", [
    jobs,
    `${created}/links/getJob/parameters/job_id`,
    "$response.body#/data/0/id",
  ]),
  bad("artifetch/link-can-be-followed", "a header that the response does not have", [
    jobs,
    "/get/responses/200/links/nextPage/parameters/per_page",
    "$response.header.X-Pages",
  ]),
  bad("artifetch/link-can-be-followed", "a value that the sent body does not have", [
    jobs,
    `${created}/links/jobsOfTeam/parameters/Team`,
    "$request.body#/team",
  ]),
  bad("artifetch/link-can-be-followed", "an expression that is none", [
    jobs,
    `${created}/links/jobsOfTeam/parameters/Team`,
    "$response.name",
  ]),
  bad("artifetch/link-can-be-followed", "a value from another place of the request", [
    job,
    "/get/responses/200/links/deleteJob/parameters/job_id",
    "$request.query.job_id",
  ]),
  bad("artifetch/link-can-be-followed", "a value that the request does not have", [
    job,
    "/get/responses/200/links/deleteJob/parameters/job_id",
    "$request.path.id",
  ]),
];

/** What looks like the bad cases and is none. */
const harmless: readonly (readonly [name: string, ...changes: Change[]])[] = [
  ["an acronym that starts with `A`", [jobs, "/post/operationId", "createAPIJob"]],
  ["a word that starts with `Id`", [jobs, "/post/operationId", "createJobByIdempotencyKey"]],
  [
    "a parameter without example that has one value",
    [jobs, "/get/parameters/0", { ...parameter, schema: { const: 1 } }],
  ],
  [
    "a parameter whose example stands in its content",
    [jobs, "/get/parameters/2", { ...parameter, name: "state", content: jsonContent }],
  ],
  ["a link that passes on the status", [jobs, "/get/responses/200/links/nextPage/parameters/page", "$statusCode"]],
  ["a workflow beside the document", ["workflows.arazzo.yaml", "", { arazzo: "1.0.1" }]],
  ["a body of one of two kinds", [jobs, `${created}${body}/schema`, oneOfTwo]],
];

interface Problem {
  readonly rule: string;
  readonly severity: string;
  readonly file: string;
  readonly pointer: string;
}

/** What `--format=json` prints for each document. */
interface Report {
  readonly problems: readonly {
    readonly ruleId: string;
    readonly severity: string;
    readonly location: readonly [{ readonly source: { readonly ref: string }; readonly pointer: string }];
  }[];
}

const folder = mkdtempSync(join(tmpdir(), "redocly-rules-"));
afterAll(() => rmSync(folder, { recursive: true }));

// One run for all: starting the linter takes longer than a document.
const [problemsOfGoodDocument, ...problemsOfOthers] = lint([
  goodDocument,
  ...[...harmless.map(([, ...changes]) => changes), ...cases.map(({ changes }) => changes)].map(changeAll),
]);

function changeAll(changes: readonly Change[]): Files {
  return changes.reduce((files, edit) => change(files, ...edit), goodDocument);
}

/** The problems of each document. */
function lint(documents: readonly Files[]): Problem[][] {
  const entries = documents.map((files, index) => writeDocument(files, join(`${index}`, "api")));
  const options = [`--config=${config}`, "--format=json", "--max-problems=1000"];
  const { stdout, stderr } = spawnSync(process.execPath, [redocly, "lint", ...entries, ...options], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", REDOCLY_TELEMETRY: "off" },
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  const reports = readReports(stdout);
  if (reports.length !== documents.length) throw new Error(`Redocly read ${reports.length} documents: ${stderr}`);
  return reports.map(({ problems }, index) =>
    problems.map(({ ruleId, severity, location: [{ source, pointer }] }) => ({
      rule: ruleId,
      severity,
      file: relative(join(`${index}`, "api"), source.ref),
      pointer: pointer.replace(/^#\/?/, "/").replace(/^\/$/, ""),
    })),
  );
}

/** Writes the files and returns the path of the entry document. YAML reads JSON. */
function writeDocument(files: Files, api: string): string {
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, api, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(content));
  }
  return join(api, entry);
}

/** Redocly prints one JSON text for each document, with nothing in between; inside of one, no line starts with a brace. */
function readReports(stdout: string): Report[] {
  return JSON.parse(`[${stdout.replaceAll("\n}{", "\n},{")}]`);
}

test("the good document has no problem", () => {
  expect(problemsOfGoodDocument).toEqual([]);
});

describe("no rule refuses", () => {
  for (const [index, [name]] of harmless.entries()) {
    test(name, () => {
      expect(problemsOfOthers[index]).toEqual([]);
    });
  }
});

describe("each rule refuses", () => {
  for (const [
    index,
    {
      rule,
      refuses,
      at: [file, pointer],
    },
  ] of cases.entries()) {
    test(`${refuses}: ${rule}`, () => {
      expect(problemsOfOthers[harmless.length + index]).toEqual([{ rule, severity: "error", file, pointer }]);
    });
  }
});

test("every rule that redocly.yaml turns on refuses something here", () => {
  const { rules } = parse(readFileSync(config, "utf8"));
  const names = Object.keys(rules).filter((name) => rules[name] !== "off");
  expect(names.filter((name) => !cases.some(({ rule }) => rule === name))).toEqual([]);
});

/** The smallest document that uses everything the rules look at, and breaks none of them. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Content by file, as a path from the folder of the entry document. */
export type Files = Record<string, Json>;

export const goodDocument: Files = {
  "openapi.yaml": {
    openapi: "3.1.0",
    info: {
      title: "Jobs",
      version: "1.0.0",
      license: { name: "MIT", identifier: "MIT" },
      "x-checked": "2026-01-31",
      "x-generations": [{ name: "v1", path: "/", stability: "stable" }],
      "x-sources": ["https://docs.jobs.dev/"],
    },
    servers: [
      {
        url: "https://{site}",
        variables: { site: { default: "jobs.dev", enum: ["jobs.dev", "jobs.eu"], "x-env": "JOBS_SITE" } },
      },
      { url: "http://localhost:8080", "x-env": "JOBS_URL" },
    ],
    tags: [{ name: "jobs", description: "Jobs run once." }],
    security: [{ apiKey: [] }, { login: [] }],
    paths: {
      "/jobs": { $ref: "paths/jobs.yaml" },
      "/jobs/{job_id}": { $ref: "paths/jobs_{job_id}.yaml" },
    },
    components: {
      securitySchemes: {
        apiKey: { $ref: "components/security-schemes/apiKey.yaml" },
        login: { $ref: "components/security-schemes/login.yaml" },
      },
    },
  },
  "paths/jobs.yaml": {
    get: {
      operationId: "listJobs",
      tags: ["jobs"],
      summary: "List jobs",
      description: "Newest first.",
      "x-sources": ["https://docs.jobs.dev/list"],
      "x-pagination": {
        style: "page",
        items: "/data",
        parameter: "page",
        sizeParameter: "per_page",
        size: 20,
        first: 0,
        next: "/meta/next",
        total: "/meta/total",
      },
      parameters: [
        { name: "page", in: "query", description: "Absent: the first.", schema: { type: "integer" }, example: 2 },
        { name: "per_page", in: "query", description: "At most 50.", schema: { type: "integer" }, example: 20 },
        {
          name: "state",
          in: "query",
          description: "Absent: all.",
          schema: { type: "array", items: { $ref: "../components/schemas/State.yaml" } },
        },
        { name: "mine", in: "query", description: "Absent: no.", schema: { type: "boolean" } },
        {
          name: "Team",
          in: "header",
          description: "Absent: the caller's.",
          schema: { type: "string" },
          example: "ops",
        },
      ],
      responses: {
        "200": {
          description: "One page of jobs.",
          headers: { "X-Total": { $ref: "../components/headers/Total.yaml" } },
          content: {
            "application/json": {
              schema: { $ref: "../components/schemas/JobList.yaml" },
              examples: { two: { $ref: "../components/examples/TwoJobs.yaml" } },
            },
          },
          links: {
            getJob: { operationId: "getJob", parameters: { job_id: "$response.body#/data/0/id" } },
            nextPage: {
              operationId: "listJobs",
              parameters: {
                page: "$response.body#/meta/next",
                per_page: "$response.header.X-Total",
                state: "waiting",
                Team: "$request.header.Team",
              },
            },
          },
        },
        default: { $ref: "../components/responses/Failure.yaml" },
        "400": { $ref: "../components/responses/Failure.yaml" },
      },
    },
    post: {
      operationId: "createJob",
      tags: ["jobs"],
      summary: "Create a job",
      description: "Starts at once.",
      "x-sources": ["https://docs.jobs.dev/create"],
      "x-inferred": "that it starts at once; seen in a recording",
      requestBody: {
        content: {
          "application/json": {
            schema: {
              type: "object",
              additionalProperties: false,
              required: ["name"],
              properties: { name: { type: "string" } },
            },
            examples: { named: { value: { name: "nightly" } } },
          },
        },
      },
      responses: {
        "201": {
          description: "The job.",
          content: {
            "application/json": {
              schema: { $ref: "../components/schemas/Job.yaml" },
              // The schema does not name `label`, and is open.
              examples: {
                waiting: { value: { id: "job-3", created_at: "2026-05-18T10:00:00Z", state: "waiting", label: "x" } },
              },
            },
          },
          links: {
            getJob: { operationId: "getJob", parameters: { job_id: "$response.body#/id" } },
            deleteJob: { operationId: "deleteJob", parameters: { "path.job_id": "$response.body#/id" } },
            jobsOfTeam: { operationId: "listJobs", parameters: { Team: "$request.body#/name" } },
          },
        },
        "400": { $ref: "../components/responses/Failure.yaml" },
      },
    },
  },
  "paths/jobs_{job_id}.yaml": {
    parameters: [{ $ref: "../components/parameters/JobIdPath.yaml" }],
    get: {
      operationId: "getJob",
      tags: ["jobs"],
      summary: "Get a job",
      description: "Asked again until the job has ended.",
      "x-sources": ["https://docs.jobs.dev/get"],
      responses: {
        "200": {
          description: "The job.",
          content: {
            "application/json": {
              schema: { $ref: "../components/schemas/Job.yaml" },
              examples: { done: { value: { id: "job-1", created_at: "2026-05-18T10:00:00Z", state: "done" } } },
            },
            // Raw bytes have no schema.
            "application/octet-stream": {},
          },
          links: {
            deleteJob: { operationId: "deleteJob", parameters: { job_id: "$request.path.job_id" } },
          },
        },
        "404": { $ref: "../components/responses/Failure.yaml" },
      },
    },
    delete: {
      operationId: "deleteJob",
      tags: ["jobs"],
      summary: "Delete a job",
      description: "Its results go with it.",
      "x-sources": ["https://docs.jobs.dev/delete"],
      responses: {
        "204": { description: "The job is deleted." },
        "404": { $ref: "../components/responses/Failure.yaml" },
      },
    },
  },
  "components/schemas/Job.yaml": {
    type: "object",
    required: ["id", "created_at", "state"],
    properties: {
      id: { type: "string" },
      created_at: { type: "string", format: "date-time" },
      owner_id: { type: ["string", "null"], format: "uuid" },
      // An `x-` name of a property is no extension.
      "x-note": { type: "string" },
      state: {
        $ref: "State.yaml",
        "x-inferred": "the order; from the words",
        "x-job-states": {
          order: ["waiting", "running", "done"],
          terminal: ["done", "failed", "cancelled"],
          cancelled: "cancelled",
        },
      },
    },
    "x-sources": ["https://docs.jobs.dev/get"],
  },
  "components/schemas/State.yaml": {
    description: "State of a job.",
    type: "string",
    enum: ["waiting", "running", "done", "failed", "cancelled"],
  },
  // The pointers of x-pagination lead through `allOf` and a union with null.
  "components/schemas/JobList.yaml": {
    allOf: [
      { $ref: "../../../shared/schemas/Page.yaml" },
      { type: "object", required: ["data"], properties: { data: { type: "array", items: { $ref: "Job.yaml" } } } },
    ],
  },
  "../shared/schemas/Page.yaml": {
    type: "object",
    properties: {
      meta: {
        anyOf: [
          { type: "object", properties: { next: { type: ["integer", "null"] }, total: { type: "integer" } } },
          { type: "null" },
        ],
      },
    },
  },
  "components/headers/Total.yaml": {
    description: "Number of jobs.",
    schema: { type: "integer" },
    example: 2,
    "x-inferred": "the type; from the name",
  },
  "components/examples/TwoJobs.yaml": {
    value: {
      data: [
        { id: "job-1", created_at: "2026-05-18T10:00:00Z", state: "done" },
        { id: "job-2", created_at: "2026-05-18T11:00:00Z", state: "running", owner_id: null },
      ],
      meta: { next: null, total: 2 },
    },
  },
  "components/responses/Failure.yaml": {
    description: "What went wrong.",
    content: {
      "application/problem+json": {
        schema: { type: "object", required: ["title"], properties: { title: { type: "string" } } },
        examples: { wrong: { value: { title: "No" } } },
      },
    },
    "x-sources": ["https://docs.jobs.dev/errors"],
  },
  "components/parameters/JobIdPath.yaml": {
    name: "job_id",
    in: "path",
    required: true,
    description: "ID of the job.",
    schema: { type: "string" },
    example: "job-1",
    "x-sources": ["https://docs.jobs.dev/get"],
  },
  "components/security-schemes/apiKey.yaml": { type: "apiKey", in: "header", name: "X-Key", "x-env": "JOBS_KEY" },
  "components/security-schemes/login.yaml": { type: "http", scheme: "bearer", "x-env": "JOBS_TOKEN" },
};

/** A copy with one value put at a JSON Pointer of one file, which may be a new one; undefined removes the value. */
export function change(files: Files, file: string, pointer: string, value: Json | undefined): Files {
  const copy = structuredClone(files);
  const keys = [
    file,
    ...pointer
      .split("/")
      .slice(1)
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~")),
  ];
  const last = keys.pop() ?? file;
  // The keys on the way lead through objects and arrays of the literal above.
  const owner = keys.reduce<Record<string, Json>>((value, key) => value[key] as Record<string, Json>, copy);
  if (value === undefined) delete owner[last];
  else owner[last] = value;
  return copy;
}

import {
  isObject,
  type JsonObject,
  type Operation,
  resolve,
  sampleMediaType,
  sampleParameter,
} from "@artifetch/document";
import { listApis, loadDocument } from "@artifetch/document/load";
import { describe, expect, test } from "vitest";
import { type Called, createCaller, evaluate } from "../../fixtures/caller.ts";
import { createMockFetch } from "../fetch.ts";
import { type OperationPlan, planMemory } from "./plan.ts";

/** Errors that a memory may give where the document declares none. */
const undeclared = /^undeclared status (404|409): .*"type":"https:\/\/stoplight\.io\/prism\/errors#/;

const shop = new URL("../../fixtures/shop.yaml", import.meta.url);

for (const target of [...listApis(), shop]) {
  const { name, document } = await loadDocument(target);
  const plan = planMemory(document);
  const plans = [...plan.operations.values()];
  const mockFetch = createMockFetch(document, { stateful: true });
  let sessions = 0;
  const open = () => createCaller(document, mockFetch, `${name} ${++sessions}`);

  const expectValid = (called: Called, title: string) => {
    expect(
      called.problems.filter((problem) => !undeclared.test(problem)),
      title,
    ).toEqual([]);
    expect(called.status, title).toBeLessThan(500);
  };

  describe(name, () => {
    for (const operation of open().operations) {
      test(`${operation.method} ${operation.path} ${operation.id}: its answers are those of the document, and so are those that its links lead to`, async () => {
        for (const all of [false, true]) await follow(open(), operation, all);
      });
    }

    for (const made of plans.filter(({ role, shape }) => role === "create" && shape && shape.items === undefined)) {
      test(`${made.operation.id}: what it makes is read, listed, changed, cancelled and deleted`, () => live(made));
    }
  });

  /** Calls an operation, then all that its links lead to with what it has answered, then these again. */
  async function follow({ call }: ReturnType<typeof open>, operation: Operation, all: boolean): Promise<void> {
    const first = await call(operation, { all });
    expectValid(first, operation.id);
    const parameters = Object.fromEntries(
      operation.parameters.map((one) => [one.name, sampleParameter(document, one)]),
    );
    const [content] = Object.values(operation.requestBody?.content ?? {});
    const request = { parameters, body: content && sampleMediaType(document, content) };
    for (let round = 0; round < 2; round++) {
      for (const { target, values } of listLinks(operation, first.status)) {
        const given = Object.entries(values).map(
          ([key, value]) => [key, evaluate(value, request, first.body)] as const,
        );
        if (given.some(([, value]) => value === undefined || value === null || isObject(value))) continue;
        expectValid(await call(target, { parameters: Object.fromEntries(given) }), `${operation.id} → ${target}`);
      }
    }
  }

  function listLinks(operation: Operation, status: number): { target: string; values: JsonObject }[] {
    const { links } = (operation.responses[status] ?? {}) as { links?: JsonObject };
    return Object.values(links ?? {}).flatMap((value) => {
      const { operationId, parameters = {} } = resolve(document, value) as {
        operationId?: string;
        parameters?: JsonObject;
      };
      return operationId ? [{ target: operationId, values: parameters }] : [];
    });
  }

  async function live(made: OperationPlan): Promise<void> {
    const { call } = open();
    const created = await call(made.operation);
    // The example of a request may name what is there already.
    if (created.status === 409) return expectValid(created, made.operation.id);
    expectValid(created, made.operation.id);
    expect(created.status).toBeLessThan(300);
    const links = listLinks(made.operation, created.status);
    const [content] = Object.values(made.operation.requestBody?.content ?? {});
    const body = content && sampleMediaType(document, content);
    const sample = Object.fromEntries(
      made.operation.parameters.map((one) => [one.name, sampleParameter(document, one)]),
    );
    const about = (role: OperationPlan["role"]) =>
      links.flatMap(({ target, values }) => {
        const found = plans.find(({ operation }) => operation.id === target);
        if (found?.role !== role || found.addressed !== made.kind) return [];
        const parameters = Object.fromEntries(
          Object.entries(values).map(([key, value]) => [
            key,
            evaluate(value, { parameters: sample, body }, created.body),
          ]),
        );
        return [{ ...found, parameters }];
      });
    const tryAll = async (roles: OperationPlan["role"][], rule?: (called: Called, found: OperationPlan) => void) => {
      for (const found of roles.flatMap(about)) {
        const called = await call(found.operation, { parameters: found.parameters });
        expectValid(called, found.operation.id);
        rule?.(called, found);
      }
    };
    const ownId = Object.values(about("read")[0]?.parameters ?? about("act")[0]?.parameters ?? {}).at(-1);
    await tryAll(["read"], ({ status }, { operation, shape }) => {
      if (shape?.state !== undefined || !made.kind.states) expect(status, operation.id).toBe(200);
    });
    for (const found of plans.filter(
      ({ role, kind, addressed }) => role === "list" && kind === made.kind && !addressed,
    )) {
      const { body: listed } = await call(found.operation);
      expect(JSON.stringify(listed), found.operation.id).toContain(JSON.stringify(ownId).replaceAll('"', ""));
    }
    await tryAll(["update", "act", "act", "view", "lines", "download"]);
    await tryAll(["delete"], ({ status }) => expect(status).toBeLessThan(300));
    if (about("delete").length === 0) return;
    await tryAll(["read", "view", "lines", "download", "update", "act", "delete"], ({ status }, { operation }) =>
      expect(status, operation.id).toBe(404),
    );
  }
}

import { expect, test } from "vitest";
import { toApi } from "./api.ts";

const toDocument = (info: object) => ({ openapi: "3.1.0", info: { title: "T", version: "1", ...info } });

test("an API is summed up by its summary", () => {
  expect(toApi("t", toDocument({ summary: "Short.", description: "Long." })).summary).toBe("Short.");
});

test("an API without summary is summed up by the first paragraph of its description, as plain text", () => {
  const description = "Reads *all*\n[jobs](https://example.com/) by `id`.\n\nMore.";
  expect(toApi("t", toDocument({ description })).summary).toBe("Reads all jobs by id.");
});

test("an API with neither has an empty summary", () => {
  expect(toApi("t", toDocument({})).summary).toBe("");
});

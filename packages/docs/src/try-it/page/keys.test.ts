import { expect, test } from "vitest";
import { createKeys } from "./keys.ts";

function createStorage() {
  const items = new Map<string, string>();
  return {
    items,
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => items.set(name, value),
    removeItem: (name: string) => items.delete(name),
  };
}

test("a key is given back for its API and origin, and for no other", () => {
  const storage = createStorage();
  createKeys(storage).write("one", "https://a.example/v1", { Key: "secret" });
  const keys = createKeys(storage);
  expect(keys.read("one", "https://a.example/v2")).toEqual({ Key: "secret" });
  expect(keys.read("one", "https://b.example/v1")).toEqual({});
  expect(keys.read("one", "http://a.example/v1")).toEqual({});
  expect(keys.read("two", "https://a.example/v1")).toEqual({});
});

test("forgetting leaves nothing", () => {
  const storage = createStorage();
  const keys = createKeys(storage);
  keys.write("one", "https://a.example", { Key: "secret" });
  keys.clear();
  expect(storage.items.size).toBe(0);
  expect(keys.read("one", "https://a.example")).toEqual({});
});

test("without a storage, or with nonsense in it, keys live in memory", () => {
  const keys = createKeys({ ...createStorage(), getItem: () => "{" });
  for (const one of [keys, createKeys(undefined)]) {
    one.write("one", "https://a.example", { Key: "k" });
    expect(one.read("one", "https://a.example")).toEqual({ Key: "k" });
  }
});

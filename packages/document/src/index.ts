export * from "./curl.ts";
export * from "./document.ts";
export * from "./sample.ts";

export * from "./curl.ts";
export * from "./document.ts";
export * from "./near-names.ts";
export * from "./sample.ts";

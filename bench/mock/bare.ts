/** A bare `node:http` server that sends one answer: `bare.ts PORT FILE`, the file a status, headers and body as JSON. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const [port, file = ""] = process.argv.slice(2);
const { status, headers, body } = JSON.parse(readFileSync(file, "utf8"));
const bytes = Buffer.from(body);
createServer((_, response) => response.writeHead(status, headers).end(bytes)).listen(Number(port), "127.0.0.1");

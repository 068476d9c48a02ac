/** A worker that answers every request with the JSON text of its `workerData`, and posts its address. */
import { createServer } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

const body = Buffer.from(workerData);
const headers = { "content-type": "application/json", "content-length": body.length };
const server = createServer((_, response) => response.writeHead(200, headers).end(body));
server.listen(0, "127.0.0.1", () => parentPort?.postMessage(server.address()));

/** Sending one request with the client, and keeping what went over the wire. */
import { createApi } from "@artifetch/client";
import type { ClientCall } from "./call.ts";

export interface Exchange {
  method: string;
  /** As it was asked for, without credentials. */
  url: string;
  status: number;
  statusText: string;
  /** Those that the browser shows; of another origin, only what the service allows. */
  headers: [name: string, value: string][];
  /** The body; as much as came, where it was cut off. */
  bytes: Uint8Array<ArrayBuffer>;
  isCutOff: boolean;
  /** From sending to the last byte. */
  durationMs: number;
  /** What the client makes of an answer that is not what the document says; empty where it is. */
  complaint: string;
}

/** No response may be made with a body for these (https://fetch.spec.whatwg.org/#null-body-status). */
const bodyless = [101, 103, 204, 205, 304];

/**
 * @throws what the client throws when there is no answer: NetworkError, OptionError for what it refuses to send, and the reason
 * of the signal.
 */
export async function sendCall(
  { definition, auth, request }: ClientCall,
  baseUrl: string,
  signal: AbortSignal,
  transport: (request: Request) => Promise<Response> = (request) => fetch(request),
): Promise<Exchange> {
  let exchange: Exchange | undefined;
  const api = createApi(definition, {
    baseUrl,
    auth,
    retry: false,
    fetch: async (sent) => {
      const startMs = performance.now();
      const response = await transport(sent);
      if (response.type === "opaqueredirect") return response;
      const { bytes, isCutOff } = await readBody(response, signal);
      const { status, statusText } = response;
      const url = hideCredentials(sent.url, definition);
      const durationMs = performance.now() - startMs;
      const headers = [...response.headers];
      exchange = { method: sent.method, url, status, statusText, headers, bytes, isCutOff, durationMs, complaint: "" };
      return new Response(bodyless.includes(status) ? null : bytes, response);
    },
  });
  const [id = ""] = Object.keys(definition.operations);
  try {
    await api[id]?.({ ...request, signal });
  } catch (error) {
    if (!exchange) throw error;
    exchange.complaint = `${(error as Error).name}: ${(error as Error).message}`;
  }
  if (!exchange) throw new Error(`${id} was answered without a request.`);
  return exchange;
}

async function readBody(
  response: Response,
  signal: AbortSignal,
): Promise<{ bytes: Uint8Array<ArrayBuffer>; isCutOff: boolean }> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body?.getReader();
  let isCutOff = false;
  try {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) chunks.push(part.value);
  } catch (error) {
    if (signal.aborted) throw error;
    isCutOff = true;
  }
  return { bytes: new Uint8Array(await new Blob(chunks).arrayBuffer()), isCutOff };
}

function hideCredentials(url: string, { schemes }: ClientCall["definition"]): string {
  const shown = new URL(url);
  for (const [place, name] of Object.values(schemes)) {
    if (place === "query" && shown.searchParams.has(name)) shown.searchParams.set(name, "…");
  }
  return shown.href;
}

/** The try-it page of an API: its operations are in the page already, and get a form when they are opened. */
import type { TryModel, TryOperation } from "../model.ts";
import { showAnswer, summarize } from "./answer-view.ts";
import { toCall } from "./call.ts";
import { element } from "./elements.ts";
import { type Exchange, sendCall } from "./exchange.ts";
import { explainFailure } from "./failure.ts";
import { createForm } from "./form.ts";
import { createKeys } from "./keys.ts";
import { createService, type Service } from "./service.ts";

// Written by the build from `toTryModel`.
const model = JSON.parse(document.querySelector("#model")?.textContent ?? "") as TryModel;
/** Where the site begins, whatever path it is served under. */
const siteUrl = new URL("../../", document.baseURI);
/** Where the mock is: beside the site, or where it is by default for a site that is opened from a disk. */
const mockUrl = siteUrl.protocol === "file:" ? new URL("http://127.0.0.1:4010/") : siteUrl;
const service = createService(model, new URL(model.api, mockUrl).href, createKeys(findStorage()));

document.querySelector("#service")?.replaceWith(service.element);
for (const operation of model.operations) prepare(operation, service);
addEventListener("hashchange", openTarget);
openTarget();

function prepare(operation: TryOperation, where: Service): void {
  const box = findBox(operation.id);
  const open = () => {
    if (!box?.open || box.querySelector("form")) return;
    box.append(...createExchangePart(operation, where));
  };
  box?.addEventListener("toggle", open);
  open();
}

/** The form of an operation, and the place of its answer. */
function createExchangePart(operation: TryOperation, where: Service): Node[] {
  let running: AbortController | undefined;
  let address = "";
  const status = element("p", { role: "status", class: "status" });
  const answer = element("div", { class: "answer" });
  const send = async () => {
    running?.abort();
    const controller = new AbortController();
    running = controller;
    form.setBusy(true);
    status.textContent = "Sending …";
    answer.replaceChildren();
    URL.revokeObjectURL(address);
    const outcome = await attempt(operation, where, () => form.read(), controller.signal);
    if (running !== controller) return;
    form.setBusy(false);
    status.textContent = outcome.text;
    status.dataset.outcome = outcome.exchange ? String(Math.trunc(outcome.exchange.status / 100)) : "none";
    if (!outcome.exchange) return;
    address = URL.createObjectURL(new Blob([outcome.exchange.bytes]));
    answer.replaceChildren(...showAnswer(outcome.exchange, operation.charts, operation.id, address));
  };
  const form = createForm(operation, send, () => running?.abort());
  where.watch(form.setMock);
  return [form.element, status, answer];
}

interface Outcome {
  /** What is said of it: the status line, or why there is no answer. */
  text: string;
  exchange?: Exchange;
}

async function attempt(
  operation: TryOperation,
  where: Service,
  read: () => ReturnType<ReturnType<typeof createForm>["read"]>,
  signal: AbortSignal,
): Promise<Outcome> {
  let isRefusedByPolicy = false;
  const noteRefusal = () => {
    isRefusedByPolicy = true;
  };
  document.addEventListener("securitypolicyviolation", noteRefusal);
  let baseUrl = siteUrl.href;
  try {
    const { credentials, isMock, ...place } = where.read();
    baseUrl = place.baseUrl;
    const exchange = await sendCall(toCall(model, operation, { ...read(), credentials }), baseUrl, signal);
    if (isMock && !(await isServedByMock(exchange))) return { text: noMock };
    return { text: summarize(exchange), exchange };
  } catch (error) {
    const isForeign = new URL(baseUrl).origin !== location.origin;
    const isReachable = isForeign && (error as Error).name === "NetworkError" ? await reaches(baseUrl) : undefined;
    const facts = {
      error,
      baseUrl,
      pageUrl: location.href,
      isRefusedByPolicy,
      isOnline: navigator.onLine,
      isReachable,
    };
    return { text: explainFailure(facts) };
  } finally {
    document.removeEventListener("securitypolicyviolation", noteRefusal);
  }
}

const noMock =
  "This copy of the site is served without the mock. Start both with `npx pnpm@12 start` in a checkout, or choose another base URL above.";

/** Whoever serves only files answers a path of the API with one of these; the mock itself is then asked for. */
async function isServedByMock({ status }: Exchange): Promise<boolean> {
  if (![403, 404, 405, 501].includes(status)) return true;
  try {
    const health = await fetch(new URL("__artifetch/health", mockUrl));
    return health.ok && ((await health.json()) as { status?: string }).status === "ok";
  } catch {
    return false;
  }
}

/** Whether anything answers there: a request without keys, whose answer no page may read. */
async function reaches(baseUrl: string): Promise<boolean> {
  try {
    await fetch(new URL("/", baseUrl), { mode: "no-cors", credentials: "omit", redirect: "follow" });
    return true;
  } catch {
    return false;
  }
}

function openTarget(): void {
  const box = findBox(decodeURIComponent(location.hash.slice(1)));
  if (!box) return;
  box.open = true;
  box.scrollIntoView();
}

function findBox(id: string): HTMLDetailsElement | undefined {
  const found = document.getElementById(id);
  return found instanceof HTMLDetailsElement ? found : undefined;
}

/** Undefined where the browser keeps pages from storing anything. */
function findStorage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

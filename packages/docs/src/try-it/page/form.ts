/** The form of one operation. */
import type { TryAnswer, TryBody, TryOperation, TryParameter } from "../model.ts";
import type { Filled } from "./call.ts";
import { element } from "./elements.ts";

export interface Form {
  element: HTMLFormElement;
  read(): Omit<Filled, "credentials">;
  /** Whether the mock is asked, so that an answer can be wished for. */
  setMock(isMock: boolean): void;
  /** While a request is under way, it can be cancelled and no other sent. */
  setBusy(isBusy: boolean): void;
}

/** @param cancel called for the button that ends a request under way. */
export function createForm(operation: TryOperation, send: () => void, cancel: () => void): Form {
  const { id, parameters, bodies, bodyRequired } = operation;
  const fields = parameters.map((parameter, index) => createParameter(parameter, `${id}-parameter-${index}`));
  const body = bodies.length > 0 ? createBody(bodies, bodyRequired, id) : undefined;
  const headers = element("textarea", { id: `${id}-headers`, rows: 2, spellcheck: "false" });
  const answer = createAnswers(operation.answers, id);
  const submit = element("button", { type: "submit", class: "send" }, "Send");
  const stop = element("button", { type: "button", hidden: true }, "Cancel");
  const form = element(
    "form",
    { novalidate: true, "aria-label": `Request of ${id}` },
    fields.length > 0 &&
      element("fieldset", {}, element("legend", {}, "Parameters"), ...fields.map((field) => field.element)),
    body?.element,
    answer.element,
    element(
      "details",
      {},
      element("summary", {}, "Further headers"),
      field(
        headers,
        "Headers, one on each line",
        "As Name: value. The mock fails on demand with X-Artifetch-Fault: status=503",
      ),
    ),
    element("p", { class: "buttons" }, submit, stop),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  stop.addEventListener("click", cancel);
  return {
    element: form,
    read: () => ({
      parameters: fields.map(({ input }) => input.value),
      body: body?.read(),
      headers: headers.value,
      answer: answer.read(),
    }),
    setMock(isMock) {
      answer.element.hidden = !isMock;
    },
    setBusy(isBusy) {
      submit.disabled = isBusy;
      stop.hidden = !isBusy;
    },
  };
}

function createParameter({ name, place, required, description, kind, choices, value, hint }: TryParameter, id: string) {
  const shared = { id, placeholder: hint, "aria-describedby": `${id}-note`, spellcheck: "false", autocomplete: "off" };
  const input =
    kind === "text"
      ? element("input", { ...shared, type: "text", list: choices.length > 0 && `${id}-choices` })
      : element("textarea", { ...shared, rows: 2 });
  input.value = value;
  const forms = { text: "", list: " One item on each line.", json: " As JSON." };
  // https://fetch.spec.whatwg.org/#forbidden-request-header
  const limit = place === "cookie" ? " A browser lets no page send it." : "";
  const note = `${place}${required ? ", required" : ""}. ${firstParagraph(description)}${forms[kind]}${limit}`;
  return {
    input,
    element: element(
      "div",
      { class: "field" },
      element("label", { for: id }, element("code", {}, name)),
      input,
      element("p", { id: `${id}-note`, class: "note" }, note),
      choices.length > 0 &&
        element("datalist", { id: `${id}-choices` }, ...choices.map((choice) => element("option", { value: choice }))),
    ),
  };
}

function createBody(bodies: readonly TryBody[], isRequired: boolean, id: string) {
  const parts = bodies.map((body, index) => ({ body, ...createBodyPart(body, `${id}-body-${index}`) }));
  const none = isRequired ? [] : [element("option", { value: "" }, "none")];
  const options = bodies.map(({ type }, index) => element("option", { value: index, selected: index === 0 }, type));
  const select = element("select", { id: `${id}-type` }, ...options, ...none);
  const current = () => (select.value === "" ? undefined : parts[Number(select.value)]);
  const show = () => {
    for (const part of parts) part.element.hidden = part !== current();
  };
  select.addEventListener("change", show);
  show();
  return {
    element: element(
      "fieldset",
      {},
      element("legend", {}, "Body"),
      options.length + none.length > 1 ? field(select, "Media type") : element("p", { class: "note" }, bodies[0]?.type),
      ...parts.map((part) => part.element),
    ),
    read() {
      const part = current();
      return part && { type: part.body.type, content: part.read() };
    },
  };
}

function createBodyPart(body: TryBody, id: string): { element: HTMLElement; read(): string | FormData | Blob } {
  return body.kind === "form" ? createFields(body, id) : createText(body, id);
}

function createText({ type, examples }: TryBody, id: string) {
  const first = examples[0]?.text ?? "";
  const area = element("textarea", {
    id,
    class: "body",
    rows: Math.min(20, first.split("\n").length + 1),
    spellcheck: "false",
  });
  area.value = first;
  const options = examples.map(({ name }, index) => element("option", { value: index }, name));
  const select = element("select", { id: `${id}-example` }, ...options);
  select.addEventListener("change", () => {
    area.value = examples[Number(select.value)]?.text ?? "";
  });
  const isText = /^text\/|[/+](json|xml|yaml)\b/i.test(type);
  const file = element("input", { type: "file", id: `${id}-file` });
  return {
    element: element(
      "div",
      {},
      examples.length > 1 && field(select, "Example"),
      field(area, "Content"),
      !isText && field(file, "Or a file"),
    ),
    read: () => file.files?.[0] ?? area.value,
  };
}

function createFields({ type, fields }: TryBody, id: string) {
  const inputs = fields.map(({ name, description, required, isFile, value }, index) => {
    const area = element("textarea", { id: `${id}-${index}`, rows: 2, spellcheck: "false" });
    area.value = value;
    const file = element("input", { type: "file", id: `${id}-${index}-file` });
    const note = `${required ? "required. " : ""}${firstParagraph(description)}`;
    const box = element("div", {}, field(area, name, note), isFile && field(file, `A file for ${name} instead`));
    return { name, isFile, area, file, box };
  });
  return {
    element: element("div", {}, ...inputs.map(({ box }) => box)),
    read() {
      const form = new FormData();
      for (const { name, isFile, area, file } of inputs) {
        const chosen = file.files?.[0];
        if (chosen) form.append(name, chosen);
        else if (area.value !== "") form.append(name, isFile ? new Blob([area.value]) : area.value);
      }
      if (!type.startsWith("application/x-www-form-urlencoded")) return form;
      return new URLSearchParams([...form].map(([name, value]) => [name, String(value)])).toString();
    },
  };
}

function createAnswers(answers: readonly TryAnswer[], id: string) {
  const wishes = [
    { label: "whatever it chooses", answer: undefined },
    ...answers.map((answer) => ({ label: answer.label, answer })),
    { label: "made up from the schema, with its first success status", answer: { prefer: "dynamic=true", type: "" } },
  ];
  const options = wishes.map(({ label }, index) => element("option", { value: index }, label));
  const select = element("select", { id: `${id}-answer` }, ...options);
  const row = field(select, "Answer wanted of the mock");
  return { element: row, read: () => (row.hidden ? undefined : wishes[Number(select.value)]?.answer) };
}

function field(input: HTMLElement, name: string, note?: string): HTMLElement {
  if (note) input.setAttribute("aria-describedby", `${input.id}-note`);
  return element(
    "div",
    { class: "field" },
    element("label", { for: input.id }, name),
    input,
    note && element("p", { id: `${input.id}-note`, class: "note" }, note),
  );
}

/** Without Markdown's marks: it is read here, not rendered. */
function firstParagraph(markdown: string): string {
  const [first = ""] = markdown.trim().split(/\n\s*\n/);
  return first.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll(/[*`]/g, "");
}

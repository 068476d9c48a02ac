/** The part of the page that says where requests go, and with which keys. */
import type { TryModel } from "../model.ts";
import { element } from "./elements.ts";
import { refuseBaseUrl } from "./failure.ts";
import type { Keys } from "./keys.ts";

export interface Service {
  element: HTMLElement;
  /** @throws {Error} whose message says why the base URL cannot be used. */
  read(): { baseUrl: string; isMock: boolean; credentials: Record<string, string> };
  /** Called after each change of the place, and at once. */
  watch(listener: (isMock: boolean) => void): void;
}

/** @param mockUrl where the mock serves this API if it serves this page. */
export function createService({ api, schemes, servers }: TryModel, mockUrl: string, keys: Keys): Service {
  const mock = element("input", { type: "radio", name: "service", id: "service-mock", checked: true });
  const other = element("input", { type: "radio", name: "service", id: "service-other" });
  const address = element("input", {
    type: "url",
    id: "base-url",
    list: "servers",
    placeholder: servers[0] ?? "https://api.example.com",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": "base-url-note",
  });
  const listeners: ((isMock: boolean) => void)[] = [];
  // The mock takes anything for a key, and gets none that is one.
  const mockKeys = Object.fromEntries(schemes.map(({ name, placeholder }) => [name, placeholder]));
  const fields = schemes.map((scheme, index) => createKeyField(scheme, `key-${index}`));
  const status = element("p", { role: "status", class: "note" });
  const forget = element("button", { type: "button" }, "Forget my keys");

  const isMock = () => mock.checked;
  const place = () => (refuseBaseUrl(address.value) === undefined ? address.value : undefined);
  const fillIn = () => {
    const target = place();
    const values = isMock() ? mockKeys : target === undefined ? {} : keys.read(api, target);
    for (const { name, input } of fields) input.value = values[name] ?? "";
    addressRow.hidden = isMock();
    for (const listener of listeners) listener(isMock());
  };
  const keep = () => {
    const values = Object.fromEntries(fields.map(({ name, input }) => [name, input.value]));
    const target = place();
    if (isMock()) Object.assign(mockKeys, values);
    else if (target !== undefined) keys.write(api, target, values);
    status.textContent = "";
  };
  for (const input of [mock, other]) input.addEventListener("change", fillIn);
  address.addEventListener("input", fillIn);
  for (const { input } of fields) input.addEventListener("input", keep);
  forget.addEventListener("click", () => {
    keys.clear();
    if (!isMock()) fillIn();
    status.textContent = "Forgotten: no key of any service is kept in this tab.";
  });

  const addressRow = element(
    "div",
    { class: "field" },
    element("label", { for: "base-url" }, "Base URL"),
    address,
    element(
      "p",
      { id: "base-url-note", class: "note" },
      "Requests go there from your browser, and it has to allow this page (CORS). Your keys go to this address alone.",
    ),
    element("datalist", { id: "servers" }, ...servers.map((value) => element("option", { value }))),
  );
  const choice = element(
    "fieldset",
    {},
    element("legend", {}, "Service"),
    element("label", { class: "choice" }, mock, "The mock: ", element("code", {}, mockUrl)),
    element("label", { class: "choice" }, other, "Another base URL"),
    addressRow,
  );
  const keyNote =
    "Kept in this tab until you close it, never in a URL. For the mock any value does; without one it answers 401.";
  const panel = element(
    "section",
    { class: "service", "aria-label": "Service and keys" },
    choice,
    schemes.length > 0 &&
      element(
        "fieldset",
        {},
        element("legend", {}, "Keys"),
        ...fields.map((field) => field.element),
        element("p", { class: "note" }, keyNote),
        forget,
        status,
      ),
  );
  fillIn();
  return {
    element: panel,
    read() {
      const refusal = isMock() ? undefined : refuseBaseUrl(address.value);
      if (refusal !== undefined) throw new Error(refusal);
      const filled = fields.filter(({ input }) => input.value !== "");
      return {
        baseUrl: isMock() ? mockUrl : address.value,
        isMock: isMock(),
        credentials: Object.fromEntries(filled.map(({ name, input }) => [name, input.value])),
      };
    },
    watch(listener) {
      listeners.push(listener);
      listener(isMock());
    },
  };
}

function createKeyField({ name, place }: TryModel["schemes"][number], id: string) {
  const input = element("input", { type: "password", id, autocomplete: "off", spellcheck: "false" });
  const label = element("label", { for: id }, element("code", {}, name), ` (${place})`);
  return { name, input, element: element("div", { class: "field" }, label, input) };
}

/** Redoc's own key and classes: a choice made here holds in the references, and the other way round. */
const key = "redoc.colorMode";
const root = document.documentElement;

export function startColors(): void {
  const button = document.querySelector<HTMLButtonElement>(".colors");
  const system = matchMedia("(prefers-color-scheme: dark)");
  if (!button) return;
  const show = () => {
    const other = readMode(system) === "dark" ? "light" : "dark";
    button.title = `Switch to ${other} colours`;
    button.querySelector(".name")?.replaceChildren(button.title);
  };
  button.addEventListener("click", () => {
    const mode = readMode(system) === "dark" ? "light" : "dark";
    root.classList.remove("light", "dark");
    root.classList.add(mode);
    store(mode);
    show();
  });
  system.addEventListener("change", show);
  show();
}

function readMode(system: MediaQueryList): "light" | "dark" {
  if (root.classList.contains("dark")) return "dark";
  return root.classList.contains("light") || !system.matches ? "light" : "dark";
}

function store(mode: string): void {
  try {
    localStorage.setItem(key, mode);
  } catch {
    // Storage may be switched off: then the choice holds for this page.
  }
}

import { el } from "./dom.ts";

/** Okabe and Ito's colours: told apart with every common kind of colour blindness. */
export const PALETTE = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442"] as const;
export const REST_COLOUR = "#9a9fa6";

/** What memory is of keeps its colour in every report; what V8 tells of is in one family. */
export const KIND_COLOURS: Readonly<Record<string, string>> = {
  ...{ anon: "#0072b2", native: "#e69f00", newSpace: "#a6dcc9", oldSpace: "#009e73", largeObjects: "#5fc3a3", code: "#00674b" },
  ...{ external: "#e3b3cd", arrayBuffers: "#cc79a7", shared: "#56b4e9", swap: "#d55e00", huge: "#f0e442" },
  ...{ file: "#b9bec6", pageTables: "#7d848e", rest: "#9a9fa6" },
};

export const STACK_COLOURS = { js: "#f2c063", native: "#8cc2e8", pool: "#8fd3bb" } as const;

type Theme = "light" | "dark";
const listeners: (() => void)[] = [];

/** Calls back when colours change: canvases have to be drawn again. */
export function onTheme(listener: () => void): void {
  listeners.push(listener);
}

/** A colour of the style sheet, for canvases. */
export function colour(name: "ink" | "muted" | "line" | "card" | "accent" | "bad"): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

export function withAlpha(hex: string, alpha: number): string {
  return `${hex}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0")}`;
}

/** The system's theme until the reader chooses. */
const system = matchMedia("(prefers-color-scheme: dark)");
let chosen: Theme | undefined;
const current = (): Theme => chosen ?? (system.matches ? "dark" : "light");

function apply(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
}

/** Paper is always light, and narrow: pictures are drawn again before they are printed. */
export function themeToggle(): HTMLElement {
  apply(current());
  system.addEventListener("change", () => apply(current()));
  addEventListener("beforeprint", () => {
    document.body.classList.add("paper");
    apply("light");
  });
  addEventListener("afterprint", () => {
    document.body.classList.remove("paper");
    apply(current());
  });
  const toggle = () => {
    chosen = current() === "dark" ? "light" : "dark";
    apply(chosen);
  };
  return el(
    "button",
    { type: "button", class: "plain", id: "theme", title: "Light or dark", "aria-label": "Switch between light and dark", click: toggle },
    "◐",
  );
}

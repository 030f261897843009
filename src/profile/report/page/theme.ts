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

function current(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function apply(theme: Theme | undefined): void {
  if (theme === undefined) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
}

/** The system's theme until the reader chooses. Paper is always light, and narrow: pictures are drawn again before they are printed. */
export function themeToggle(): HTMLElement {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
    apply(document.documentElement.dataset.theme as Theme | undefined),
  );
  let onScreen: Theme | undefined;
  addEventListener("beforeprint", () => {
    onScreen = document.documentElement.dataset.theme as Theme | undefined;
    document.body.classList.add("paper");
    apply("light");
  });
  addEventListener("afterprint", () => {
    document.body.classList.remove("paper");
    apply(onScreen);
  });
  const toggle = () => apply(current() === "dark" ? "light" : "dark");
  return el(
    "button",
    { type: "button", class: "plain", id: "theme", title: "Light or dark", "aria-label": "Switch between light and dark", click: toggle },
    "◐",
  );
}

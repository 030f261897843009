type Attribute = string | number | boolean | undefined | ((event: Event) => void);
type Child = Node | string | undefined | false;

/** An element; text becomes text nodes, so that nothing is ever parsed as markup. Styles are no attribute: the page's policy forbids them there. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child) => child !== undefined && child !== false));
  return element;
}

/** A card with a heading; what goes into the heading's right end comes in `tools`. */
export function card(id: string, heading: string, tools: readonly Node[], ...children: readonly Child[]): HTMLElement {
  return el(
    "section",
    { class: "card", id, "aria-labelledby": `${id}-heading` },
    el("header", {}, el("h2", { id: `${id}-heading` }, heading), el("div", { class: "tools" }, ...tools)),
    ...children,
  );
}

/** One choice out of a few, as buttons. */
export function choice<Value extends string>(
  label: string,
  options: readonly (readonly [value: Value, text: string])[],
  chosen: Value,
  choose: (value: Value) => void,
): HTMLElement {
  const buttons = options.map(([value, text]) =>
    el(
      "button",
      { type: "button", "aria-pressed": value === chosen ? "true" : "false", "data-value": value, click: () => pick(value) },
      text,
    ),
  );
  const pick = (value: Value) => {
    for (const button of buttons) button.setAttribute("aria-pressed", button.dataset.value === value ? "true" : "false");
    choose(value);
  };
  return el("div", { class: "choice", role: "group", "aria-label": label }, ...buttons);
}

/** A name from outside: it cannot turn the text around it. */
export function name(text: string, attributes: Readonly<Record<string, Attribute>> = {}): HTMLElement {
  return el("bdi", attributes, text);
}

export function swatch(colour: string): HTMLElement {
  const element = el("span", { class: "swatch", "aria-hidden": "true" });
  element.style.background = colour;
  return element;
}

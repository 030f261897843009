/** Styles in text that is made where no terminal is known: marks of control characters, which no text from outside has, for the roof to replace. */

export type Style = "bold" | "dim" | "red" | "green" | "yellow";
export type Palette = Readonly<Record<Style, (text: string) => string>>;

/** Start of a mark, of what it marks, and the end of both: U+0001 to U+0003. */
const [START, TEXT, END] = [1, 2, 3].map((code) => String.fromCharCode(code)) as [string, string, string];
const MARK = new RegExp(`${START}(\\w+)${TEXT}([^${END}]*)${END}`, "g");

const marked = (style: Style) => (text: string) => `${START}${style}${TEXT}${text}${END}`;

export const MARKS: Palette = {
  bold: marked("bold"),
  dim: marked("dim"),
  red: marked("red"),
  green: marked("green"),
  yellow: marked("yellow"),
};

/** The same text in the colours of a palette. Marks do not nest. */
export function withColours(text: string, palette: Palette): string {
  return text.replace(MARK, (_, style: Style, inside: string) => palette[style](inside));
}

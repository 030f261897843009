export { printable, printableJson, printableLines } from "../base/index.ts";

/** Questions to xmllint, all of a file in one process. */
import { spawnSync } from "node:child_process";

export const hasXmllint = spawnSync("xmllint", ["--version"]).status === 0;

/** Of a question: the rest would not be read. */
const MOST_CHARACTERS = 390;

/** A number or a string, or the texts of elements that hold nothing else. */
export type Question = { readonly value: string } | { readonly texts: string };

export function isWellFormed(file: string): boolean {
  return spawnSync("xmllint", ["--nonet", "--noout", file]).status === 0;
}

/** The answers, in order: strings for values, lists for texts. */
export function ask(file: string, questions: readonly Question[]): (string | readonly string[])[] {
  for (const question of questions)
    if ((Object.values(question)[0] ?? "").length > MOST_CHARACTERS) throw new RangeError("xmllint would cut that off");
  const end = "xpath string('=== next ===')\n";
  const input = questions
    .map((question) => ("value" in question ? `xpath ${question.value}\n${end}` : `cat ${question.texts}\n${end}`))
    .join("");
  const { stdout } = spawnSync("xmllint", ["--nonet", "--shell", file], { input: `${input}bye\n`, encoding: "utf8", maxBuffer: 1 << 28 });
  const answers = stdout.split(/(?:\/ > )?Object is a string : === next ===\n/);
  return questions.map((question, at) => {
    const answer = answers[at] ?? "";
    if ("value" in question) return /Object is a (?:number|string) : (.*)/.exec(answer)?.[1] ?? "";
    return [...answer.matchAll(/>([^<>]*)<\//g)].map(([, text = ""]) => text);
  });
}

/** Elements by local names, wherever they are: messages may have prefixes. */
export function anywhere(...names: readonly string[]): string {
  return `//${names.map((name) => `*[local-name()='${name}']`).join("/")}`;
}

import { Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { LiveLines } from "../../src/cli/live-lines.ts";

/** A terminal of that width which remembers what was written to it. */
function terminal(columns: number) {
  let written = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  Object.assign(stream, { isTTY: true, columns });
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => written };
}

const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_BELOW = "\u001b[0J";

test("lines are drawn for the width of the terminal less one, and redrawn as they change", async () => {
  const { stream, written } = terminal(50);
  const lines = new LiveLines(stream);
  let text = "first";
  lines.add((columns) => `${text} ${columns}`);
  await setTimeout(150);
  text = "second";
  await setTimeout(150);
  lines.close();
  expect(written()).toMatch(/first 49[\s\S]*second 49/);
});

test("what is said while lines are live stands above them and ends in a line break", async () => {
  const { stream, written } = terminal(50);
  const lines = new LiveLines(stream);
  lines.add(() => "bar");
  lines.say("warning");
  await setTimeout(150);
  lines.close();
  expect(written()).toMatch(/warning\n[\s\S]*bar/);
});

test("a long warning wraps instead of losing its end", () => {
  const { stream, written } = terminal(20);
  const lines = new LiveLines(stream);
  lines.add(() => "bar");
  lines.say("a warning that is longer than the terminal is wide");
  lines.close();
  expect(written()).toContain("\u001b[?7ha warning that is longer than the terminal is wide\n\u001b[?7l");
});

test("what is said before there are lines is written at once", () => {
  const { stream, written } = terminal(50);
  new LiveLines(stream).say("plan");
  expect(written()).toBe("plan\n");
});

test("closing takes the lines down, shows the cursor again and loses nothing that was said", () => {
  const { stream, written } = terminal(50);
  const lines = new LiveLines(stream);
  lines.add(() => "bar");
  lines.say("last word");
  lines.close();
  lines.close();
  expect(written()).toContain("last word\n");
  expect(written().split(SHOW_CURSOR)).toHaveLength(2);
  expect(written().endsWith(CLEAR_BELOW)).toBe(true);
});

test("after closing, what is said is written plainly", () => {
  const { stream, written } = terminal(50);
  const lines = new LiveLines(stream);
  lines.add(() => "bar");
  lines.close();
  const before = written();
  lines.say("summary");
  expect(written()).toBe(`${before}summary\n`);
});

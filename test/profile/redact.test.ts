import { expect, test } from "vitest";
import { redacted } from "../../src/profile/redact.ts";
import { serverScene } from "./scenes.ts";
import { captureOf, started } from "./synthetic.ts";

const SECRET = ["/home/ann/app", "--token=s3cret", "--file=/home/ann/x.db", "/srv/a/b:/srv/c/d", "-v"];

function commandsOf(redaction: Parameters<typeof redacted>[1]) {
  const capture = redacted(captureOf({ header: { command: SECRET }, events: [started(0, 1, -1, 0, ...SECRET)] }), redaction);
  const [event] = capture.events;
  return [capture.header.command, event?.type === "process" ? event.command : []];
}

test("args: only the program stays, of the run and of every process", () => {
  expect(commandsOf({ args: true })).toEqual([["/home/ann/app"], ["/home/ann/app"]]);
});

test("paths: only their last parts stay", () => {
  const words = ["app", "--token=s3cret", "--file=x.db", "b:d", "-v"];
  expect(commandsOf({ paths: true })).toEqual([words, words]);
});

test("both, and none", () => {
  expect(commandsOf({ args: true, paths: true })[0]).toEqual(["app"]);
  expect(commandsOf({})[0]).toEqual(SECRET);
});

test("with both, nothing of the folders and arguments is left anywhere", () => {
  const text = JSON.stringify(redacted(serverScene(), { args: true, paths: true }));
  for (const word of ["/srv", "/usr", "server.js", "--port", "mkv", "libx264"]) expect(text.includes(word), word).toBe(false);
  expect(text).toContain("Router.handle");
});

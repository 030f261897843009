import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { MalformedInputError } from "../../../src/base/index.ts";
import { cutShort, notOpened, ofInput } from "../../../src/media/container/refusals.ts";

const crashed = () => notOpened({ code: 139, stdout: "", stderr: "" });

it.each(["/plain/clip.mp4", '/a b/it\'s $& $1 `x` "q".mp4', "/$(touch x);.mp4"])("puts %s into the hint as one word of a shell", (path) => {
  const error = ofInput(path, crashed());
  if (!(error instanceof MalformedInputError)) throw error;
  const command = error.hint?.slice(error.hint.indexOf("ffmpeg")) ?? "";
  const words = execFileSync("sh", ["-c", `ffmpeg() { printf '%s\\0' "$@"; }; ${command}`], { encoding: "utf8" });
  expect(words.split("\0").slice(0, -1)).toEqual(["-v", "error", "-i", path, "-f", "null", "-"]);
});

it("leaves plain paths unquoted, and messages that need no path alone", () => {
  expect(ofInput("/plain/clip.mp4", crashed())).toMatchObject({
    hint: "check the file with: ffmpeg -v error -i /plain/clip.mp4 -f null -",
  });
  expect(ofInput("/a.mp4", cutShort())).toMatchObject({ hint: "copy it again from where it came" });
});

it("calls a file malformed that makes ffmpeg ask for more memory than any look at a file needs", () => {
  const error = notOpened({ code: 1, stdout: "", stderr: "clip.mp4: Cannot allocate memory\n" });
  expect(error).toMatchObject({ exitCode: 65, details: { ffmpeg: "clip.mp4: Cannot allocate memory" } });
});

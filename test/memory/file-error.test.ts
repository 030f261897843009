import { describe, expect, test } from "vitest";
import { InputMissingError, IoError, PermissionError } from "../../src/base/index.ts";
import { fileError } from "../../src/memory/file-error.ts";

describe("fileError", () => {
  test.each([
    ["ENOENT", InputMissingError, 66],
    ["ENOTDIR", InputMissingError, 66],
    ["EACCES", PermissionError, 77],
    ["EPERM", PermissionError, 77],
    ["EIO", IoError, 74],
  ])("turns %s into the error whose exit code fits", (code, kind, exitCode) => {
    const cause = Object.assign(new Error(code), { code });
    const error = fileError(cause, "open", "/data/in.mp4");
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ exitCode, cause, details: { path: "/data/in.mp4", operation: "open", errno: code } });
    expect(error.message).toContain("/data/in.mp4");
  });

  test("keeps what it cannot name as an I/O error", () => {
    expect(fileError("odd", "read", "/data/in.mp4")).toMatchObject({ exitCode: 74, details: { errno: "unknown" } });
  });
});

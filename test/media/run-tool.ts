import { spawn } from "node:child_process";
import type { RunTool } from "../../src/media/engine/index.ts";

/** A RunTool without limits. */
export const runTool: RunTool = (file, args, onLine) =>
  new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"], env: { LC_ALL: "C" } });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (onLine === undefined) return;
      const lines = stdout.split("\n");
      stdout = lines.pop() ?? "";
      lines.forEach(onLine);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", (error) => resolve({ code: 127, stdout: "", stderr: error.message }));
    child.on("close", (code, signal) => resolve({ code: code ?? (signal === "SIGSEGV" ? 139 : 137), stdout, stderr }));
  });

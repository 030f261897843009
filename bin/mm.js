#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
  process.stderr.write(`mm: this is ${process.platform} ${process.arch}, and mm runs on Linux x64 and arm64 (MM_UNSUPPORTED)\n`);
  process.exitCode = 69;
} else if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write("mm: dist is missing: run npm run build:ts\n");
  process.exitCode = 70;
}

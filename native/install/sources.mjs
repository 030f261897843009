import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(import.meta.url);

const FOLDERS = ["core", "media", "sequence", "xml", "profile", "napi"];

/** ABI of the sources, from napi/abi.h: load.ts accepts no other. */
export function sourceAbi(nativeFolder) {
  return Number(/kAbi = (\d+)/.exec(readFileSync(join(nativeFolder, "napi/abi.h"), "utf8"))[1]);
}

function sourceFiles(nativeFolder) {
  const inFolder = (folder) =>
    readdirSync(join(nativeFolder, folder), { recursive: true })
      .filter((name) => /\.(h|cc)$/.test(name))
      .map((name) => join(folder, name));
  return ["binding.gyp", ...FOLDERS.filter((folder) => existsSync(join(nativeFolder, folder))).flatMap(inFolder)].sort();
}

/** A hash over all that decides what a build gives. */
export function fingerprint(nativeFolder) {
  const hash = createHash("sha256");
  hash.update(`${process.platform} ${process.arch} ${require("node-addon-api/package.json").version}`);
  for (const name of sourceFiles(nativeFolder)) {
    hash.update(`\0${name}\0`);
    hash.update(readFileSync(join(nativeFolder, name)));
  }
  return hash.digest("hex");
}

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { UnsupportedError } from "../base/index.ts";
import type { NativeBinding } from "./types.ts";

/** The ABI this code speaks: kAbi of native/napi/abi.h. */
const ABI = 11;

const PACKAGE_ROOT = new URL("../../", import.meta.url);
const require = createRequire(import.meta.url);

/** Own build first: in a checkout it is newer than a prebuild. */
const CANDIDATES = ["native/build/Release/mm_native.node", `prebuilds/${process.platform}-${process.arch}/mm_native.node`];

type Attempt = { readonly binding: NativeBinding } | { readonly problem: string };

function tryLoad(path: string): Attempt {
  try {
    const binding = require(fileURLToPath(new URL(path, PACKAGE_ROOT))) as NativeBinding;
    return binding.abi === ABI ? { binding } : { problem: `abi ${binding.abi}, needed ${ABI}` };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { problem: /Cannot find module/.test(message) ? "not there" : (message.split("\n")[0] ?? message) };
  }
}

/**
 * Loads the addon.
 *
 * @throws UnsupportedError naming each file that was tried and why it did not serve
 */
export function loadBinding(candidates: readonly string[] = CANDIDATES): NativeBinding {
  if (process.platform !== "linux") {
    throw new UnsupportedError(`mm runs on Linux x64 and arm64, this is ${process.platform} ${process.arch}`);
  }
  const problems: Record<string, string> = {};
  for (const path of candidates) {
    const attempt = tryLoad(path);
    if ("binding" in attempt) return attempt.binding;
    problems[path] = attempt.problem;
  }
  throw new UnsupportedError("the native addon of mm cannot be loaded", {
    hint: "npm rebuild mm-cli (in a checkout: npm run build:native); a build needs: apt-get install g++ make python3",
    details: { ...problems, node: process.version },
  });
}

let loaded: NativeBinding | undefined;

/** The addon, loaded at first use, so that importing a module that may need it never fails. */
export const binding: NativeBinding = new Proxy({} as NativeBinding, {
  get(_target, name) {
    loaded ??= loadBinding();
    return Reflect.get(loaded, name);
  },
});

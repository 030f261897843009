import { closeSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadBinding } from "../../src/binding/load.ts";

const NAPI_FOLDER = new URL("../../native/napi/", import.meta.url);
const TYPES = [
  new URL("../../src/binding/types.ts", import.meta.url),
  new URL("../../src/binding/sequence-types.ts", import.meta.url),
  new URL("../../src/binding/parse-types.ts", import.meta.url),
  new URL("../../src/binding/profile-types.ts", import.meta.url),
]
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");

/** Where each interface is implemented. */
const IMPLEMENTATIONS = {
  NativeSegment: ["segment_wrap.cc"],
  NativeBitmap: ["bitmap_wrap.cc"],
  NativePool: ["pool_wrap.cc"],
  NativeFramePump: ["pump_wrap.cc"],
  NativeReduction: ["reduction_wrap.cc"],
  NativeHandover: ["handover_wrap.cc"],
  NativeJobLedger: ["ledger_wrap.cc"],
  NativeRestoration: ["restoration_wrap.cc"],
  NativeExpansion: ["expansion_wrap.cc"],
  NativeMessageParser: ["message_parser_wrap.cc"],
  NativeSampler: ["profile_sampler.cc"],
  NativeTracer: ["profile_tracer.cc"],
  NativeBinding: [
    "addon.cc",
    "core_exports.cc",
    "process_exports.cc",
    "share_exports.cc",
    "media_exports.cc",
    "media_kernels.cc",
    "sequence_exports.cc",
    "parse_exports.cc",
    "compression_exports.cc",
    "profile_exports.cc",
  ],
};

/** The members of an interface, one line each. */
function declaredIn(interfaceName: string): string[] {
  const body = new RegExp(`export interface ${interfaceName} \\{\\n(.*?)\\n\\}`, "s").exec(TYPES)?.[1] ?? "";
  const code = body.replaceAll(/\/\*\*.*?\*\//gs, "").replaceAll(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(/^ {2}(\S.*?;)$/gms)].map((match) =>
    (match[1] ?? "").replaceAll(/\s+/g, " ").replaceAll("( ", "(").replaceAll(/,? \)/g, ")"),
  );
}

/** The signature comments of a source file. */
function commentedIn(fileName: string): string[] {
  const source = readFileSync(new URL(fileName, NAPI_FOLDER), "utf8");
  return [...source.matchAll(/^\s*\/\/ ((?:readonly )?\w+(?:\(.*\))?: .*;)$/gm)].map((match) => match[1] ?? "");
}

/** "pool(...): NativePool;" and "readonly abi: number;" to the name. */
const nameOf = (signature: string) => signature.replace("readonly ", "").replace(/\W.*/, "");

test.each(Object.entries(IMPLEMENTATIONS))("the native side of %s carries exactly the signatures of types.ts", (name, files) => {
  const declared = declaredIn(name);
  expect(declared.length).toBeGreaterThan(0);
  expect([...new Set(files.flatMap(commentedIn))].sort()).toEqual(declared.sort());
});

test("no other file of native/napi carries a signature", () => {
  const known = Object.values(IMPLEMENTATIONS).flat();
  const others = readdirSync(NAPI_FOLDER).filter((name) => name.endsWith(".cc") && !known.includes(name));
  expect(others.flatMap(commentedIn)).toEqual([]);
});

test("the loaded module has the keys of NativeBinding and no others", () => {
  expect(Object.keys(loadBinding()).sort()).toEqual(declaredIn("NativeBinding").map(nameOf).sort());
});

test("the objects it makes have the members of their interfaces", () => {
  const binding = loadBinding();
  const members = (object: object) =>
    [...Object.getOwnPropertyNames(object), ...Object.getOwnPropertyNames(Object.getPrototypeOf(object))]
      .filter((name) => name !== "constructor")
      .sort();
  const segment = binding.segmentAnonymous(4096, "base");
  const pool = binding.pool(segment, 4096, 64, false);
  const { readFd, writeFd } = binding.pipe(4096);
  const pump = binding.framePump(readFd, pool, 4096, 1);
  expect(members(segment)).toEqual(declaredIn("NativeSegment").map(nameOf).sort());
  expect(members(pool)).toEqual(declaredIn("NativePool").map(nameOf).sort());
  expect(members(binding.bitmap(1))).toEqual(declaredIn("NativeBitmap").map(nameOf).sort());
  expect(members(pump)).toEqual(declaredIn("NativeFramePump").map(nameOf).sort());
  pump.close();
  pool.close();
  segment.close();
  closeSync(writeFd);
});

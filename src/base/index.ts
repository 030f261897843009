export { assert, unreachable } from "./assert.ts";
export { type Clock, monotonicMs, systemClock } from "./clock.ts";
export {
  BudgetExceededError,
  CancelledError,
  DiskLimitError,
  type ErrorFacts,
  errnoOf,
  InputMissingError,
  InternalError,
  IoError,
  LeakError,
  MalformedInputError,
  MmError,
  type MmErrorOptions,
  OutputError,
  PermissionError,
  UnsupportedError,
  UsageError,
  UseAfterReleaseError,
} from "./errors.ts";
export { nearest } from "./nearest.ts";
export { packageVersion } from "./package-version.ts";
export { printable, printableJson, printableLines } from "./printable.ts";
export { Scope } from "./scope.ts";
export { isCount, isListOf, isRecord, isText, parseObject } from "./shape.ts";
export { shellQuoted } from "./shell.ts";
export { sparkline } from "./sparkline.ts";
export { MARKS, type Palette, type Style, withColours } from "./style.ts";
export { bytesAsFlag, formatBytes, formatSeconds, GIB, KIB, MIB, parseBytes } from "./units.ts";

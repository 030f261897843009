/** Where a command's program is: execvp(3)'s rules, so that a command means behind mm what it means without it. */
import { accessSync, constants, statSync } from "node:fs";
import { InputMissingError, PermissionError } from "../base/index.ts";

/** What execvp(3) searches when there is no PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** @throws InputMissingError when no such program is there, PermissionError when one is there and may not be run */
export function findProgram(command: string, path: string = DEFAULT_PATH): string {
  if (command.includes("/")) return command;
  const candidates = command === "" ? [] : path.split(":").map((folder) => `${folder === "" ? "." : folder}/${command}`);
  const files = candidates.filter(isFile);
  const found = files.find(mayRun);
  if (found !== undefined) return found;
  const [forbidden] = files;
  if (forbidden !== undefined) {
    throw new PermissionError(`cannot run ${forbidden}: permission denied`, { hint: `chmod +x ${forbidden}`, details: { command } });
  }
  throw new InputMissingError(`no program is called ${command}`, {
    hint: command === "" ? "a command behind --" : `./${command} for one in this folder, or install what has it`,
    details: { searched: path },
  });
}

/** False too where that cannot be seen: a folder of PATH may be closed to this user. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

import { spawn, spawnSync } from "node:child_process";

/** script(1) makes terminals; where it is not there, tests that need one say that they are skipped. */
export const hasTerminal = spawnSync("script", ["--version"]).status === 0;
if (!hasTerminal) console.info("skipped: script(1) is not there to make a terminal");

/** Runs a command on a terminal of its own and presses Ctrl-C a moment after its first output. @returns its exit code */
export async function pressCtrlC(command: readonly string[]): Promise<number> {
  const line = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  // Without exec a shell such as dash stays between and dies of the same key, whatever the command makes of it.
  const terminal = spawn("script", ["-qec", `exec ${line}`, "/dev/null"]);
  await new Promise((resolve) => terminal.stdout.once("data", resolve));
  await new Promise((resolve) => setTimeout(resolve, 200));
  terminal.stdin.write("\x03");
  return new Promise((resolve) => terminal.on("close", resolve));
}

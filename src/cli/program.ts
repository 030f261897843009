/** The grammar: argv in, a parsed command or a text to print out. Nothing here prints, exits or reads the environment. */
import { Command, CommanderError, Option } from "commander";
import { UsageError } from "../base/index.ts";
import { COMMANDS, type CommandSpec } from "./command-table.ts";
import { commanderOption } from "./option-spec.ts";

/** Help stays under 100 columns however wide the terminal is. */
const HELP_COLUMNS = 99;

export type Parsed =
  | {
      readonly kind: "command";
      readonly spec: CommandSpec;
      readonly args: readonly string[];
      readonly flags: Record<string, unknown>;
      /** What follows `--`, for a command that passes it on. */
      readonly rest: readonly string[];
    }
  | { readonly kind: "text"; readonly text: string };

/**
 * @param argv what follows the program's name
 * @param columns width of the terminal, if it is one
 * @throws UsageError
 */
export function parseArguments(argv: readonly string[], version: string, columns: number | undefined): Parsed {
  let text = "";
  let parsed: Parsed | undefined;
  const program = new Command("mm");
  configure(program, columns, (part) => {
    text += part;
  });
  program
    .description("Give it a memory limit: it finishes inside it, fast, and proves what it used.")
    .version(`mm ${version}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command");
  addExamples(program, ["mm transcode in.mp4 out.mp4 --max-memory 2G"]);
  const { own, rest } = splitOff(argv);
  for (const spec of COMMANDS) {
    addCommand(program, spec, (args, flags) => {
      parsed = { kind: "command", spec, args, flags, rest };
    });
  }
  try {
    program.parse([...own], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (argv.length === 0) throw new UsageError("no command given", { hint: "mm --help" });
    if (error.exitCode === 0) return { kind: "text", text };
    throw usageError(error, argv);
  }
  return parsed ?? { kind: "text", text };
}

/**
 * Words behind `--` are a command's files where files are missing before it, as every program takes them, and else for the encoder. So
 * behind the files comes the `--` that the encoder's words follow.
 */
function splitOff(argv: readonly string[]): { own: readonly string[]; rest: readonly string[] } {
  const spec = commandNamed(argv[0]);
  const first = argv.indexOf("--");
  if (spec?.rest === undefined || first < 0) return { own: argv, rest: [] };
  const end = hasAllArguments(argv.slice(0, first), spec) ? first : argv.indexOf("--", first + 1);
  return end < 0 ? { own: argv, rest: [] } : { own: argv.slice(0, end), rest: argv.slice(end + 1) };
}

function hasAllArguments(argv: readonly string[], spec: CommandSpec): boolean {
  const trial = new Command(spec.name);
  for (const option of spec.options) trial.addOption(commanderOption(option));
  const needed = spec.arguments.filter(({ name }) => name.startsWith("<"));
  return trial.allowUnknownOption().parseOptions(argv.slice(1)).operands.length >= needed.length;
}

function configure(command: Command, columns: number | undefined, write: (part: string) => void): void {
  command.exitOverride();
  command.configureOutput({
    writeOut: write,
    writeErr: () => {},
    outputError: () => {},
    getOutHelpWidth: () => Math.min(columns ?? HELP_COLUMNS, HELP_COLUMNS),
    getOutHasColors: () => false,
  });
}

function addCommand(program: Command, spec: CommandSpec, onRun: (args: string[], flags: Record<string, unknown>) => void): void {
  const command = program.command(spec.name).description(spec.summary);
  for (const argument of spec.arguments) command.argument(argument.name, argument.help);
  if (spec.rest !== undefined) command.usage(usageOf(spec, spec.rest));
  for (const option of spec.options) command.addOption(commanderOption(option));
  command.addHelpOption(new Option("-h, --help", "print this help").helpGroup(spec.options.at(-1)?.group ?? "Options:"));
  addExamples(command, spec.examples);
  command.addHelpText(
    "after",
    "\nEvery option can be set in the environment (MM_MAX_MEMORY=2G, MM_JSON=1), most\nin a file (mm config init). A flag wins, then the environment.",
  );
  command.action(() => onRun(command.args, command.opts()));
}

/** A command without arguments of its own is nothing without the words behind `--`. */
function usageOf(spec: CommandSpec, rest: string): string {
  if (spec.arguments.length === 0) return `[options] -- ${rest}`;
  return `[options] ${spec.arguments.map(({ name }) => name).join(" ")} [-- ${rest}]`;
}

function addExamples(command: Command, examples: readonly string[]): void {
  command.addHelpText("before", `${["Example", ...examples.map((line) => `  ${line}`)].join("\n")}\n`);
}

export function commandNamed(name: string | undefined): CommandSpec | undefined {
  return COMMANDS.find((spec) => spec.name === name);
}

/** Commander's words as one sentence, and its suggestion as the hint. */
function usageError(error: CommanderError, argv: readonly string[]): UsageError {
  const [sentence = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const command = commandNamed(argv[0]);
  const help = command === undefined ? "mm --help" : `mm ${command.name} --help`;
  const wantsInput = command?.options.some(({ flags }) => flags.startsWith("-i,")) === true;
  if (error.code === "commander.excessArguments" && wantsInput && !argv.some((word) => /^(-i|--input(=.*)?)$/.test(word))) {
    return new UsageError("the input stands behind -i", { hint: `mm ${command.name} -i <file>, or ${help}` });
  }
  if (error.code === "commander.excessArguments" && command?.rest !== undefined && command.arguments.length === 0) {
    return new UsageError("the command stands behind --", { hint: `mm ${command.name} [options] -- ${command.rest}, or ${help}` });
  }
  const guess = /\(Did you mean (?:one of )?(.+)\?\)/.exec(suggestion ?? "")?.[1];
  return new UsageError(sentence.replaceAll("'", "").replace(/\.$/, ""), { hint: guess === undefined ? help : `${guess}, or ${help}` });
}

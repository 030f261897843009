import { Chalk, type ChalkInstance, supportsColor, supportsColorStderr } from "chalk";

/**
 * Colours of the two standard streams. `--no-color` wins over FORCE_COLOR, which wins over NO_COLOR (no-color.org: any non-empty value);
 * then chalk's own detection, which knows TERM=dumb and streams that are no terminal.
 */
export function palettes(noColor: boolean, env: NodeJS.ProcessEnv): { readonly out: ChalkInstance; readonly err: ChalkInstance } {
  const isOff = noColor || (env.FORCE_COLOR === undefined && (env.NO_COLOR ?? "") !== "");
  const level = (support: typeof supportsColor) => (isOff || support === false ? 0 : support.level);
  return { out: new Chalk({ level: level(supportsColor) }), err: new Chalk({ level: level(supportsColorStderr) }) };
}

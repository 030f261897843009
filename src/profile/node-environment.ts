import { fileURLToPath } from "node:url";

/** As built: the same from src/profile, dist/profile and the bundle in dist/cli. */
const PRELOAD = fileURLToPath(new URL("../../dist/profile/node/preload.cjs", import.meta.url));

export type NodeWatch = {
  /** Where each isolate writes a file of its own; absolute. */
  readonly folder: string;
  /** Mean bytes between two samples of call paths; none are taken without it. */
  readonly stacksBytes?: number;
  /** Full collections are forced, in 5 % of the time at first and less later, so that there are floors to judge a leak by. They lower the peak. */
  readonly forcesFloors?: boolean;
};

/**
 * What is added to the environment of a program so that every Node process below it says how it uses its heap. What the user has in NODE_OPTIONS
 * stays, and comes first.
 *
 * @param preload - the script, for tests
 */
export function nodeEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  { folder, stacksBytes, forcesFloors = false }: NodeWatch,
  preload: string = PRELOAD,
): Record<string, string> {
  // NODE_OPTIONS is split at spaces; inside double quotes a backslash keeps what follows (Node's ParseNodeOptionsEnvVar).
  const quoted = `"${preload.replaceAll(/["\\]/g, "\\$&")}"`;
  const options = [environment.NODE_OPTIONS, `--require=${quoted}`].filter(Boolean).join(" ");
  return {
    NODE_OPTIONS: options,
    MM_PROFILE_CHANNEL: folder,
    ...(stacksBytes === undefined ? {} : { MM_PROFILE_STACKS: String(stacksBytes) }),
    ...(forcesFloors ? { MM_PROFILE_FLOORS: "1" } : {}),
  };
}

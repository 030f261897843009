/** What every profiled Node program loads first, whatever its version: no program fails to start because it is watched. */
try {
  if (Number(process.versions.node.split(".")[0]) >= 16) require("./watch.cjs");
} catch {
  // It runs unseen.
}

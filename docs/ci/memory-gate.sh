#!/usr/bin/env bash
# A step of a CI job: run a command inside a memory limit, keep the report, and let the job fail with a reason in place of a bare 137.
#
#   docs/ci/memory-gate.sh 2G make -j8
#
# Needs mm on the PATH, or MM set to it. The report goes to $MM_REPORT (default: memory-report.json), which a CI system can keep.
set -euo pipefail

limit=${1:?a limit, such as 2G}
shift
report=${MM_REPORT:-memory-report.json}

# MM may be two words ("node bin/mm.js"), so it is not quoted.
code=0
${MM:-mm} run --max-memory "$limit" --report "$report" -- "$@" || code=$?

case $code in
  75)
    # Only ever memory or disk: what to ask for stands in the error above, and in error.hint of the report.
    echo "memory gate: over $limit; see $report" >&2
    ;;
esac
exit "$code"

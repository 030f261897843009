#!/usr/bin/env bash
# A step of a CI job that fails when a command's peak is above what it may be, and puts a table on the page of the job.
#
#   docs/ci/profile-gate.sh 512M npm test
#
# Exit 3 is the gate; any other code is the command's own. On GitHub the table goes to the page of the job, elsewhere to standard output.
set -euo pipefail

most=${1:?what the peak may be, such as 512M}
shift

code=0
${MM:-mm} profile --fail-above "$most" --summary --overwrite -o peak.mmprof -- "$@" > summary.md || code=$?
# Appending to /dev/stdout would open it anew, and what is written after it would go over it where the log is a file.
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat summary.md >> "$GITHUB_STEP_SUMMARY"; else cat summary.md; fi
exit "$code"

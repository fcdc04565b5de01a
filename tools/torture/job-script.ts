import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LedgerLine } from "../history/ledger.ts";

/**
 * What every job runs: it writes its start and its end into the ledger, each on the disk before it
 * goes on, and holds the lock of its execution, and that of its key, for as long as it or any of its
 * children lives: the kernel lets go of them when the last one is gone, whatever ended it. The clock
 * is that since boot, which needs no process to read.
 */
export const JOB_SCRIPT = `word=$1 seconds=$2 behaviour=$3
ledger=$TORTURE_LEDGER/$CRONVERGE_EXECUTION_ID
say() {
  read -r uptime rest < /proc/uptime
  echo "$1 $CRONVERGE_JOB $CRONVERGE_EXECUTION_ID \${CRONVERGE_SCHEDULED_FOR:--} $CRONVERGE_ATTEMPT" \\
    "$CRONVERGE_FENCE $$ $uptime $2" >> "$ledger"
}
say start -
sync -d "$ledger"
exec 8> "$TORTURE_LOCKS/$CRONVERGE_EXECUTION_ID"
flock -n 8 || say busy execution
if [ "$word" != - ]; then
  exec 9> "$TORTURE_LOCKS/$word"
  flock -n 9 || say busy "$word"
fi
code=0
case $behaviour in
  fails) code=1 ;;
  fails_once) [ "$CRONVERGE_ATTEMPT" = 1 ] && code=1 ;;
  stubborn) trap '' TERM ;;
  leaves) setsid sleep 300 & ;;
esac
sleep "$seconds"
say end $code
sync -d "$ledger"
exit $code
`;

/** Reads the whole ledger; `bootMs` is the instant that the clock of the jobs counts from. */
export async function readLedger(folder: string, bootMs: number): Promise<LedgerLine[]> {
  const lines: LedgerLine[] = [];
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), "utf8");
    lines.push(...text.split("\n").flatMap((line) => parseLine(line, bootMs)));
  }
  return lines.toSorted((a, b) => a.atMs - b.atMs);
}

/** None of a line that was cut off while it was written. */
function parseLine(line: string, bootMs: number): LedgerLine[] {
  const [kind, jobName, executionId, scheduledFor, attempt, fence, pid, uptime, detail] =
    line.split(" ");
  if (kind !== "start" && kind !== "end" && kind !== "busy") return [];
  if (jobName === undefined || executionId === undefined || detail === undefined) return [];
  return [
    {
      kind,
      jobName,
      executionId,
      scheduledFor: scheduledFor === "-" ? "" : (scheduledFor ?? ""),
      attempt: Number(attempt),
      fence: Number(fence),
      pid: Number(pid),
      atMs: Math.round(bootMs + Number(uptime) * 1_000),
      detail: detail === "-" ? "" : detail,
    },
  ];
}

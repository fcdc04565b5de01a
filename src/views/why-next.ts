import type { NextCommand } from "./next-commands.ts";
import { startCommand } from "./next-commands.ts";
import type { WhyData } from "./why-data.ts";

/** What to type next, the most useful first. */
export function whyCommands(data: WhyData): NextCommand[] {
  const { job_name: name, open, last_run, file } = data;
  const first = open[0]?.execution.execution_id ?? "";
  const now = { purpose: "run it now", command: `cronverge jobs run ${name}` };
  const up = startCommand("scheduler") ?? now;
  const status = { purpose: "see the schedulers", command: "cronverge status" };
  const apply = { purpose: "put the file in force", command: "cronverge apply" };
  const plan = { purpose: "see what that changes", command: "cronverge plan" };
  const check = { purpose: "see what is wrong in it", command: "cronverge check" };
  const cancel = { purpose: "end it", command: `cronverge jobs cancel ${first}` };
  const enable = { purpose: "enable it", command: `cronverge jobs enable ${name}` };
  const show = { purpose: "see what it is", command: `cronverge jobs show ${name}` };
  const logs = {
    purpose: "see what it wrote last",
    command: `cronverge logs --execution ${last_run?.execution_id ?? ""}`,
  };
  const past = last_run === null ? [] : [logs];
  const drift = file.state === "broken" ? [check] : file.state === "differs" ? [plan, apply] : [];
  switch (data.state) {
    case "running":
      return [
        { purpose: "see what it writes", command: `cronverge logs --execution ${first} --follow` },
        cancel,
      ];
    case "waiting":
      return [startCommand(open[0]?.waiting?.for ?? null) ?? status, cancel];
    case "due":
      // Whoever asks after a failure wants to know what happened, before it happens again.
      return data.failures_in_a_row > 0 ? [...past, ...drift, now] : [...drift, now, ...past];
    case "overdue":
      return [status, now];
    case "no_scheduler":
      return [up, now];
    case "no_worker":
      return [startCommand("worker") ?? status, now];
    case "disabled":
    case "paused":
      return [...(data.state === "paused" ? past : []), enable, now];
    case "crashed":
      return [check, show];
    case "no_schedule":
    case "ended":
    case "available":
      return [now, ...drift];
    case "not_applied":
      return [plan, apply];
    case "removed":
      return [{ purpose: "see who removed it", command: `cronverge blame ${name}` }];
  }
}

import type { FailureHook, SchedulerConfig } from "../model/config.generated.ts";
import { checkShell } from "./check-command.ts";
import { checkHookScript } from "./check-hook-script.ts";
import { checkCommandSecrets, checkRequestSecrets } from "./check-credentials.ts";
import { checkRequest } from "./check-http.ts";
import type { JobView, World } from "./context.ts";
import type { Path, PathFinding } from "./place.ts";

/** What a job does about a failure: its command and its request are held to what a job's own are. */
export function checkHook({ job, path, world }: JobView): PathFinding[] {
  return checkHookAt(job.on_failure, { path: [...path, "on_failure"], world });
}

/** The hook of all jobs that have none of their own. */
export function checkDefaultHook({ defaults }: SchedulerConfig, world: World): PathFinding[] {
  return checkHookAt(defaults?.on_failure, { path: ["defaults", "on_failure"], world });
}

/** A hook has no environment of its own, lest a value that is missing there keeps it from telling. */
const SECRET_HELP = "put it into a file on the node, and let the program read it from there";

function checkHookAt(
  hook: FailureHook | undefined,
  { path, world }: { path: Path; world: World },
): PathFinding[] {
  if (hook === undefined) return [];
  if ("command" in hook) {
    const at = [...path, "command"];
    return [
      ...checkShell(hook.command, at),
      ...checkHookScript(hook, { path, missing: world.missingScripts }),
      ...checkCommandSecrets(hook.command, { path: at, help: SECRET_HELP }),
    ];
  }
  const at = [...path, "http"];
  return [
    ...checkRequest(hook.http, { at, method: "POST" }),
    ...checkRequestSecrets(hook.http, at),
  ];
}

import type { BuiltinName } from "../model/builtins.ts";
import { cleanupSessions } from "./cleanup-sessions.ts";
import type { BuiltinJob } from "./contract.ts";
import { logCleanup } from "./log-cleanup.ts";

/** The code of each built-in job. */
export const BUILTIN_JOBS: Record<BuiltinName, BuiltinJob> = {
  "cleanup-sessions": cleanupSessions,
  "log-cleanup": logCleanup,
};

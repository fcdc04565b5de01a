import type { BuiltinName } from "../model/builtins.ts";
import { behavioralAnalysis } from "./behavioral-analysis.ts";
import { cleanupEmptyContexts } from "./cleanup-empty-contexts.ts";
import { cleanupInactiveSessions, cleanupSessions } from "./cleanup-sessions.ts";
import type { BuiltinJob } from "./contract.ts";
import { databaseCleanup } from "./database-cleanup.ts";
import { logCleanup } from "./log-cleanup.ts";
import { maliciousIpBlacklist } from "./malicious-ip-blacklist.ts";

/** The code of each built-in job. */
export const BUILTIN_JOBS: Record<BuiltinName, BuiltinJob> = {
  "cleanup-sessions": cleanupSessions,
  "log-cleanup": logCleanup,
  cleanup_inactive_sessions: cleanupInactiveSessions,
  cleanup_empty_contexts: cleanupEmptyContexts,
  database_cleanup: databaseCleanup,
  behavioral_analysis: behavioralAnalysis,
  malicious_ip_blacklist: maliciousIpBlacklist,
};

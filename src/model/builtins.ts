import type { BuiltinParameter } from "./builtin-parameters.ts";
import { ANALYSIS_PARAMETERS, BLACKLIST_PARAMETERS } from "./ban-parameters.ts";

/** The maintenance jobs that come with Cronverge; their code is in `src/builtin/`. */
export type BuiltinName =
  | "cleanup-sessions"
  | "log-cleanup"
  | "cleanup_inactive_sessions"
  | "cleanup_empty_contexts"
  | "database_cleanup"
  | "behavioral_analysis"
  | "malicious_ip_blacklist";

/** What is known of a built-in without its code. */
export interface BuiltinFacts {
  description: string;
  /** Used by a job declared as `name: {}`. */
  defaultSchedule: string;
  /**
   * Whether it writes where the file does not say `enforce`. What deletes what people wrote, or
   * shuts people out, only counts until somebody has asked for more.
   */
  enforcesByDefault: boolean;
  parameters: Record<string, BuiltinParameter>;
}

/** What the pure rooms know of each built-in. */
export const BUILTINS: Record<BuiltinName, BuiltinFacts> = {
  "cleanup-sessions": {
    description: "Closes user sessions that have been inactive for longer than retention_hours",
    defaultSchedule: "0 2 * * *",
    enforcesByDefault: true,
    parameters: {
      retention_hours: hours(24, "Hours without activity after which a session is closed"),
    },
  },
  "log-cleanup": {
    description: "Deletes log entries older than retention_days",
    defaultSchedule: "0 3 * * 0",
    enforcesByDefault: true,
    parameters: {
      retention_days: days(30, "Age in days beyond which a log entry is deleted"),
    },
  },
  cleanup_inactive_sessions: {
    description: "Closes user sessions that have been inactive for longer than inactive_hours",
    defaultSchedule: "0 */10 * * * *",
    enforcesByDefault: true,
    parameters: {
      inactive_hours: hours(1, "Hours without activity after which a session is closed"),
    },
  },
  cleanup_empty_contexts: {
    description: "Deletes conversation contexts without messages, older than retention_hours",
    defaultSchedule: "0 0 */2 * * *",
    enforcesByDefault: false,
    parameters: {
      retention_hours: hours(24, "Age in hours beyond which an empty context is deleted"),
    },
  },
  database_cleanup: {
    description: "Deletes orphaned and old log entries, and expired authorization data",
    defaultSchedule: "0 0 3 * * *",
    enforcesByDefault: false,
    parameters: {
      log_retention_days: days(30, "Age in days beyond which a log entry is deleted"),
      orphaned_log_hours: hours(
        1,
        "Age in hours beyond which a log entry of an unknown user is deleted",
      ),
      system_users: {
        kind: "texts",
        description: "Users that log entries may name though they are not in users",
        default: ["system"],
        pattern: /^.{1,255}$/s,
        each: "the id of a user",
      },
      tables: {
        kind: "texts",
        description: "The tables that are cleaned up",
        default: [
          "logs",
          "oauth_auth_codes",
          "oauth_refresh_tokens",
          "oauth_state_bindings",
          "oauth_jti_revocations",
          "id_jag_replay",
        ],
        pattern:
          /^(?:logs|oauth_(?:auth_codes|refresh_tokens|state_bindings|jti_revocations)|id_jag_replay)$/,
        each: "logs, oauth_auth_codes, oauth_refresh_tokens, oauth_state_bindings, oauth_jti_revocations or id_jag_replay",
      },
    },
  },
  behavioral_analysis: {
    description: "Flags clients that ask too much of the service, and bans those that go on",
    defaultSchedule: "0 0 * * * *",
    enforcesByDefault: false,
    parameters: ANALYSIS_PARAMETERS,
  },
  malicious_ip_blacklist: {
    description: "Bans addresses by the sessions that they opened lately",
    defaultSchedule: "0 0 */6 * * *",
    enforcesByDefault: false,
    parameters: BLACKLIST_PARAMETERS,
  },
};

/** The built-in of that name, `-` and `_` being the same, or null. */
export function findBuiltin(name: string): BuiltinName | null {
  return BY_KEY.get(keyOf(name)) ?? null;
}

const BY_KEY: ReadonlyMap<string, BuiltinName> = new Map(
  (Object.keys(BUILTINS) as BuiltinName[]).map((name) => [keyOf(name), name]),
);

function keyOf(name: string): string {
  return name.replaceAll("-", "_");
}

function hours(fallback: number, description: string): BuiltinParameter {
  return { kind: "number", description, default: fallback, minimum: 1, maximum: 87_600 };
}

function days(fallback: number, description: string): BuiltinParameter {
  return { kind: "number", description, default: fallback, minimum: 1, maximum: 3_650 };
}

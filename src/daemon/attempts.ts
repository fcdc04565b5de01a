import { dirname } from "node:path";
import type { AttemptRequest, CancelReason } from "../execute/attempt-request.ts";
import type { AttemptOutcome, LogLine } from "../model/execution.ts";
import type { JobSpec } from "../model/job.ts";
import type { Claimed } from "../store/claims.ts";
import type { Database } from "../store/connection.ts";
import { BUILTIN_JOBS } from "../builtin/index.ts";
import { runCommand } from "../execute/command.ts";
import { runHttp } from "../execute/http.ts";
import { runPlugin } from "../execute/plugin.ts";
import { errorMessage } from "../model/errors.ts";
import { attemptOutcome } from "../model/execution.ts";
import type { GrantedDatabases } from "./databases.ts";
import type { Launchers } from "./launchers.ts";
import type { Programs } from "./programs.ts";

export interface AttemptsOptions {
  database: Database;
  databases: GrantedDatabases;
  launchers: Launchers;
  programs: Programs;
  nodeId: () => string;
  root: string;
  configFile: string;
}

export interface Attempt {
  claimed: Claimed;
  spec: JobSpec;
  attempt: number;
  /** Aborted with a `CancelReason`. */
  signal: AbortSignal;
  onLog: (lines: LogLine[]) => void;
}

/** Runs attempts: finds the executor that a job's spec asks for, and gives it what it needs. */
export class Attempts {
  readonly #options: AttemptsOptions;

  constructor(options: AttemptsOptions) {
    this.#options = options;
  }

  async run(attempt: Attempt): Promise<AttemptOutcome> {
    const request = this.#request(attempt);
    const deps = { onLog: attempt.onLog, signal: attempt.signal };
    const { run } = attempt.spec;
    switch (run.type) {
      case "builtin":
        return this.#runBuiltin(attempt, request);
      case "http":
        return runHttp(request, deps);
      case "command":
        return this.#afterRecovery(
          await runCommand(request, { ...deps, launcher: await this.#options.launchers.current() }),
        );
      case "plugin":
        return this.#runPlugin(attempt, request);
    }
  }

  async #runPlugin(attempt: Attempt, request: AttemptRequest): Promise<AttemptOutcome> {
    const { versionId } = attempt.claimed;
    if (versionId === null) return codeUnavailable("no code is registered for this job");
    let programFile: string;
    try {
      programFile = await this.#options.programs.fileOf(versionId);
    } catch (error) {
      return codeUnavailable(errorMessage(error));
    }
    const outcome = await runPlugin(
      { ...request, programFile },
      {
        onLog: attempt.onLog,
        signal: attempt.signal,
        launcher: await this.#options.launchers.current(),
        database: (name) => this.#options.databases.session(name),
      },
    );
    return this.#afterRecovery(outcome);
  }

  /** The end of a run whose launcher died may be told only when its processes are gone. */
  async #afterRecovery(outcome: AttemptOutcome): Promise<AttemptOutcome> {
    if (outcome.reason === "launcher_died") await this.#options.launchers.recovered();
    return outcome;
  }

  #request({ claimed, spec, attempt }: Attempt): AttemptRequest {
    return {
      executionId: claimed.id,
      jobName: spec.name,
      attempt,
      fence: String(claimed.fence),
      scheduledFor: claimed.scheduledFor?.toISOString() ?? null,
      spec,
      parameters: { ...spec.parameters, ...claimed.parameters },
      root: this.#options.root,
      configDir: dirname(this.#options.configFile),
      nodeId: this.#options.nodeId(),
      traceId: claimed.traceId,
    };
  }

  /** Trusted code in this process: it stops at its next batch when it is cancelled or out of time. */
  async #runBuiltin(attempt: Attempt, request: AttemptRequest): Promise<AttemptOutcome> {
    const { run, timeoutMs } = attempt.spec;
    if (run.type !== "builtin") return codeUnavailable("not a built-in job");
    const limit = timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)];
    const signal = AbortSignal.any([attempt.signal, ...limit]);
    try {
      const result = await BUILTIN_JOBS[run.builtin].run({
        database: this.#options.database,
        parameters: request.parameters,
        signal,
        log: (level, message) =>
          attempt.onLog([
            { at: new Date().toISOString(), level, module: "job", message, metadata: null },
          ]),
      });
      const done = {
        message: result.message,
        itemsProcessed: result.itemsProcessed,
        itemsFailed: 0,
      };
      if (!signal.aborted) return attemptOutcome({ status: "success", ...done });
      return interrupted(attempt.signal, done);
    } catch (error) {
      return attemptOutcome({ status: "failed", reason: "threw", error: errorMessage(error) });
    }
  }
}

function interrupted(signal: AbortSignal, done: Partial<AttemptOutcome>): AttemptOutcome {
  if (!signal.aborted) return attemptOutcome({ status: "timed_out", reason: "timeout", ...done });
  const reason = signal.reason as CancelReason;
  const status = reason === "lease_lost" ? "abandoned" : "cancelled";
  return attemptOutcome({ status, reason, ...done });
}

function codeUnavailable(error: string): AttemptOutcome {
  return attemptOutcome({ status: "failed", reason: "code_unavailable", error });
}

import { dirname } from "node:path";
import type { BuiltinJob } from "../builtin/contract.ts";
import type { AttemptRequest } from "../execute/attempt-request.ts";
import { BUILTINS, type BuiltinName } from "../model/builtins.ts";
import type { AttemptOutcome, LogLine } from "../model/execution.ts";
import type { BuiltinRun, JobSpec } from "../model/job.ts";
import type { Claimed } from "../store/claims.ts";
import type { Database } from "../store/connection.ts";
import { runCommand } from "../execute/command.ts";
import { runHttp } from "../execute/http.ts";
import { setLongTimeout } from "../execute/long-timeout.ts";
import { runPlugin } from "../execute/plugin.ts";
import { errorMessage } from "../model/errors.ts";
import { attemptOutcome } from "../model/execution.ts";
import { toCancelReason } from "./cancel-reason.ts";
import type { GrantedDatabases } from "./databases.ts";
import type { Launchers } from "./launchers.ts";
import type { Programs } from "./programs.ts";

export interface AttemptsOptions {
  builtins: Readonly<Record<BuiltinName, BuiltinJob>>;
  database: Database;
  databases: GrantedDatabases;
  launchers: Launchers;
  programs: Programs;
  nodeId: () => string;
  root: string;
  configFile: string;
}

/** One start of a job's code. */
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
  readonly #configDir: string;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#configDir = dirname(options.configFile);
  }

  /** Resolves to how it ended; rejects only where it could not be started. */
  async run(attempt: Attempt): Promise<AttemptOutcome> {
    const request = this.#request(attempt);
    const deps = { onLog: attempt.onLog, signal: attempt.signal };
    const { run } = attempt.spec;
    switch (run.type) {
      case "builtin":
        return this.#runBuiltin(run, attempt, request);
      case "http":
        return runHttp(request, deps);
      case "command":
        return this.#afterRecovery(
          await runCommand(request, { ...deps, launcher: await this.#options.launchers.current() }),
          attempt.signal,
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
        database: (name, over) => this.#options.databases.session(name, over),
      },
    );
    return this.#afterRecovery(outcome, attempt.signal);
  }

  /**
   * The end of a run whose launcher died may be told only when its processes are gone. One that was
   * to end anyway ended for that reason: a node that stops ends its launcher too.
   */
  async #afterRecovery(outcome: AttemptOutcome, signal: AbortSignal): Promise<AttemptOutcome> {
    if (outcome.reason !== "launcher_died") return outcome;
    await this.#options.launchers.recovered();
    return signal.aborted ? cancelled(signal, {}) : outcome;
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
      configDir: this.#configDir,
      nodeId: this.#options.nodeId(),
      traceId: claimed.traceId,
    };
  }

  /** Trusted code in this process: it stops at its next batch when it is cancelled or out of time. */
  async #runBuiltin(
    { builtin, enforce, database }: BuiltinRun,
    attempt: Attempt,
    request: AttemptRequest,
  ): Promise<AttemptOutcome> {
    const { timeoutMs } = attempt.spec;
    const { builtins, databases } = this.#options;
    // Not a signal made of two, which costs as much as all else of a run that does nothing.
    const controller = new AbortController();
    const { signal } = controller;
    const stop = (): void => controller.abort();
    const timer = timeoutMs === null ? null : setLongTimeout(timeoutMs, stop);
    attempt.signal.addEventListener("abort", stop, { once: true });
    if (attempt.signal.aborted) stop();
    try {
      const { message, itemsProcessed, itemsFailed } = await builtins[builtin].run({
        database:
          database === undefined ? this.#options.database : await databases.database(database),
        databaseName: database ?? null,
        parameters: request.parameters,
        enforce: enforce ?? BUILTINS[builtin].enforcesByDefault,
        limitMs: timeoutMs,
        signal,
        log: (level, message) =>
          attempt.onLog([
            { at: new Date().toISOString(), level, module: "job", message, metadata: null },
          ]),
      });
      const done = { message, itemsProcessed, itemsFailed };
      if (attempt.signal.aborted) return cancelled(attempt.signal, done);
      if (signal.aborted)
        return attemptOutcome({ status: "timed_out", reason: "timeout", ...done });
      return attemptOutcome({ status: "success", ...done });
    } catch (error) {
      return attemptOutcome({ status: "failed", reason: "threw", error: errorMessage(error) });
    } finally {
      timer?.clear();
      attempt.signal.removeEventListener("abort", stop);
    }
  }
}

function cancelled(signal: AbortSignal, done: Partial<AttemptOutcome>): AttemptOutcome {
  const reason = toCancelReason(signal.reason);
  const status = reason === "lease_lost" ? "abandoned" : "cancelled";
  return attemptOutcome({ status, reason, ...done });
}

function codeUnavailable(error: string): AttemptOutcome {
  return attemptOutcome({ status: "failed", reason: "code_unavailable", error });
}

import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AttemptDeps } from "../execute/attempt-request.ts";
import type { AttemptOutcome, LogLine } from "../model/execution.ts";
import type { FailureHook } from "../model/policy.ts";
import type { Database } from "../store/connection.ts";
import type { ClaimedNotice, NoticeOutcome, UntoldNotice } from "../store/outbox.ts";
import type { SchedulerEvent } from "../views/event.ts";
import { runCommand } from "../execute/command.ts";
import { runHttp } from "../execute/http.ts";
import { errorMessage } from "../model/errors.ts";
import { REASONS, attemptOutcome } from "../model/execution.ts";
import { retryPauseMs } from "../schedule/backoff.ts";
import {
  claimNotices,
  giveUpNotices,
  readUntold,
  settleNotice,
  untilNextNotice,
} from "../store/outbox.ts";
import { hookRequest } from "./hook-request.ts";
import type { Launchers } from "./launchers.ts";
import type { LogWriter } from "./log-writer.ts";
import { startLoop } from "./loop.ts";
import type { Loop } from "./loop.ts";
import { problem } from "./problem.ts";
import { schedulerLine } from "./run-lines.ts";

/** Hooks that one node runs at a time: they must not crowd out the jobs. */
const AT_ONCE = 4;

const TRIES = 5;

/** The pauses between tries: 10 s, 30 s, 90 s, 4m30s. */
const BACKOFF = { attempts: TRIES, initialMs: 10_000, factor: 3, maxMs: 600_000, jitter: 0.1 };

/** Longer than a hook with its grace can take; whoever took it and died is followed after this. */
const HOLD_MS = 120_000;

/** What another node left behind is found by this look at the latest. */
const POLL_MS = 5_000;

/** How often somebody who waits for the last hook looks whether it has ended. */
const FINISH_POLL_MS = 50;

export interface NotifierOptions {
  database: Database;
  launchers: Pick<Launchers, "current">;
  nodeId: () => string;
  root: string;
  configFile: string;
  /** It tells of these executions alone; null: of any. */
  only: readonly string[] | null;
  logs: Pick<LogWriter, "write" | "flush">;
  emit: (event: SchedulerEvent) => void;
}

/**
 * Tells the world what the outbox holds: runs the hooks of jobs, at least once, some times where they
 * fail. How a hook ends is logged with the execution it tells of, and changes nothing about it.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #loop: Loop;
  readonly #active = new Set<Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#loop = startLoop({
      step: () => this.#step(),
      retryMs: 1_000,
      onError: problem(options.emit, "cannot read what is to be told"),
    });
  }

  /** Something new is to be told. */
  wake(): void {
    this.#loop.wake();
  }

  /**
   * Tries once to tell what there is, for at most so long, and stops. Returns what is then left for
   * other nodes, of the executions that it tells of.
   */
  async finish({
    limitMs,
    signal,
  }: {
    limitMs: number;
    signal: AbortSignal;
  }): Promise<UntoldNotice[]> {
    const untilMs = performance.now() + limitMs;
    while (performance.now() < untilMs && !signal.aborted) {
      const untold = await this.#untold();
      if (!untold.some(({ now }) => now)) break;
      this.#loop.wake();
      await sleep(FINISH_POLL_MS);
    }
    await this.stop();
    await this.#options.logs.flush();
    return this.#untold();
  }

  #untold(): Promise<UntoldNotice[]> {
    const { database, nodeId, only } = this.#options;
    return readUntold(database, { executionIds: only ?? [], nodeId: nodeId() });
  }

  /** Takes nothing new, and ends the hooks that run: they are tried again by another node. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    this.#stopping.abort("shutdown");
    await Promise.all(this.#active);
  }

  async #step(): Promise<number> {
    const { database, nodeId, only, emit } = this.#options;
    const lost = only === null ? await giveUpNotices(database, TRIES) : [];
    for (const notice of lost) emit(givenUp(notice, "no try ended"));
    const free = AT_ONCE - this.#active.size;
    if (free === 0) return POLL_MS;
    const claim = { nodeId: nodeId(), limit: free, holdMs: HOLD_MS, tries: TRIES, only };
    const notices = await claimNotices(database, claim);
    for (const notice of notices) this.#start(notice);
    // The end of any of them looks again.
    if (notices.length === free) return POLL_MS;
    return untilNextNotice(database, { withinMs: POLL_MS, only });
  }

  #start(notice: ClaimedNotice): void {
    const told = this.#tell(notice)
      .catch(problem(this.#options.emit, `cannot record that ${notice.jobName} was told of`))
      .finally(() => {
        this.#active.delete(told);
        this.#loop.wake();
      });
    this.#active.add(told);
  }

  async #tell(notice: ClaimedNotice): Promise<void> {
    const { database, emit } = this.#options;
    const { onFailure: hook } = notice.spec;
    if (hook === null) {
      const error = "the job has no on_failure any more";
      return settleNotice(database, notice, { type: "given_up", error });
    }
    const outcome = await this.#run({ ...notice, hook });
    const settled = this.#judge(notice, outcome);
    const line = noticeLine(notice, settled);
    if (line !== null) this.#log(notice, [line]);
    await settleNotice(database, notice, settled);
    if (settled.type === "given_up") emit(givenUp(notice, settled.error));
  }

  async #run(notice: ClaimedNotice & { hook: FailureHook }): Promise<AttemptOutcome> {
    const { launchers, nodeId, root, configFile } = this.#options;
    const place = { nodeId: nodeId(), root, configDir: dirname(configFile) };
    const deps: AttemptDeps = {
      signal: this.#stopping.signal,
      onLog: (lines) => this.#log(notice, lines),
    };
    try {
      const request = hookRequest(notice, place);
      if (notice.hook.type === "http") return await runHttp(request, deps);
      return await runCommand(request, { ...deps, launcher: await launchers.current() });
    } catch (error) {
      const reason = "spawn_failed";
      return attemptOutcome({ status: "failed", reason, error: errorMessage(error) });
    }
  }

  #judge({ tries }: ClaimedNotice, outcome: AttemptOutcome): NoticeOutcome {
    if (outcome.status === "success") return { type: "told" };
    if (this.#stopping.signal.aborted) return { type: "released" };
    const { reason, status } = outcome;
    const error = outcome.error ?? (reason === null ? status : REASONS[reason]);
    if (tries >= TRIES) return { type: "given_up", error };
    const afterMs = retryPauseMs(BACKOFF, { attempt: tries, random: Math.random() });
    return { type: "again", afterMs, error };
  }

  /** What a hook writes is told apart from what its job wrote. */
  #log({ jobName, executionId, traceId }: ClaimedNotice, lines: readonly LogLine[]): void {
    const owner = { jobName, executionId, traceId };
    this.#options.logs.write(lines.map((line) => ({ ...line, ...owner, module: "on_failure" })));
  }
}

function noticeLine({ kind, tries }: ClaimedNotice, outcome: NoticeOutcome): LogLine | null {
  switch (outcome.type) {
    case "told":
      return schedulerLine("info", `on_failure was told: ${kind}`);
    case "released":
      return null;
    case "again": {
      const what = `on_failure could not be told: ${kind} (try ${tries} of ${TRIES})`;
      return schedulerLine("warn", `${what}: ${outcome.error}`);
    }
    case "given_up": {
      const what = `on_failure could not be told: ${kind} (given up after ${tries} tries)`;
      return schedulerLine("error", `${what}: ${outcome.error}`);
    }
  }
}

function givenUp(
  { kind, jobName }: Pick<ClaimedNotice, "kind" | "jobName">,
  error: string,
): SchedulerEvent {
  const [first = ""] = error.split("\n");
  const message = `on_failure of ${jobName} could not be told: ${kind}: ${first}`;
  return { type: "problem", message, help: "the lines of its tries are in the log of the job" };
}

import { randomUUID } from "node:crypto";
import { attemptOutcome, type AttemptOutcome, type LogLine } from "../model/execution.ts";
import type { JsonValue } from "../model/json.ts";
import type { JobFailure, ReturnedResult, SchedulerToJob } from "../sandbox/messages.ts";
import type { AttemptRequest, DatabaseSession, ProcessDeps } from "./attempt-request.ts";
import { BoundedLog } from "./bounded-log.ts";
import { GrantedDatabase } from "./granted-database.ts";
import { parseJobMessage } from "./job-messages.ts";
import { pluginArguments } from "./plugin-arguments.ts";
import { pluginOutcome, type Said } from "./plugin-outcome.ts";
import { prepareAttempt, runProcess, type PreparedAttempt } from "./process-attempt.ts";
import { redactShortened } from "./redact.ts";
import { storableJson, storableText } from "./storable.ts";

export interface PluginRequest extends AttemptRequest {
  /** Absolute real path of the one file that holds our host and the job's code. */
  programFile: string;
}

export interface PluginDeps extends ProcessDeps {
  /**
   * The session on a database that the job was granted. When the signal is aborted, all that waits or
   * runs in it ends, and is rejected when the server does nothing for it any more.
   */
  database(name: string, signal: AbortSignal): DatabaseSession;
}

/** Runs a `plugin` job: a Node process without any permission but those that the job grants. */
export async function runPlugin(request: PluginRequest, deps: PluginDeps): Promise<AttemptOutcome> {
  if (request.spec.run.type !== "plugin") {
    throw new TypeError(`a ${request.spec.run.type} job is not a plugin`);
  }
  const given = await pluginArguments(request, request.programFile);
  if ("problem" in given) {
    return attemptOutcome({ status: "failed", reason: "spawn_failed", error: given.problem });
  }
  const prepared = await prepareAttempt(request, deps);
  if ("status" in prepared) return prepared;
  const conversation = new Conversation(prepared, deps);
  const { memoryBytes } = request.spec;
  const plan = { file: process.execPath, args: given.args, ipc: true, memoryBytes };
  const ended = runProcess(prepared, plan, {
    onMessage: (message) => conversation.receive(message),
    onCancel: (reason) => conversation.send({ type: "abort", reason: `the run ends: ${reason}` }),
  });
  conversation.start();
  const finished = await ended;
  await conversation.close();
  return pluginOutcome(finished, { ...conversation.said(), request, redact: prepared.redact });
}

/** Time after its result in which a process must be gone; its own host ends it after 2 s. */
const LINGER_MS = 3_000;

const BUSY = "the process was still busy 2 s after the job had returned, and was ended";
const STUCK = "the process did not end after the job had returned, and was killed";

/** What a job and the scheduler say to one another during one attempt. */
class Conversation {
  readonly #nonce: string = randomUUID();
  readonly #prepared: PreparedAttempt;
  readonly #log: BoundedLog;
  readonly #database: GrantedDatabase;
  #result: ReturnedResult | null = null;
  #failure: JobFailure | null = null;
  #killed = false;
  #warning: string | null = null;
  #linger: NodeJS.Timeout | undefined;

  constructor(prepared: PreparedAttempt, deps: PluginDeps) {
    const { spec } = prepared.request;
    this.#prepared = prepared;
    this.#log = new BoundedLog(spec.outputBytes, (lines) => deps.onLog(lines));
    this.#database = new GrantedDatabase({
      granted: spec.permissions.database,
      open: (name, signal) => deps.database(name, signal),
      respond: (message) => this.send(message),
    });
  }

  start(): void {
    const { request } = this.#prepared;
    const { spec } = request;
    this.send({
      type: "start",
      nonce: this.#nonce,
      exportName: spec.run.type === "plugin" ? spec.run.export : null,
      timeoutMs: spec.timeoutMs,
      context: {
        job: { name: request.jobName },
        execution: {
          id: request.executionId,
          attempt: request.attempt,
          scheduledFor: request.scheduledFor,
          fence: request.fence,
        },
        parameters: request.parameters,
      },
    });
  }

  send(message: SchedulerToJob): void {
    const { deps, request } = this.#prepared;
    deps.launcher.send(request.executionId, message);
  }

  receive(received: unknown): void {
    const message = parseJobMessage(received, this.#nonce);
    switch (message?.type) {
      case "log":
        return this.#addLine({ ...message, at: new Date(message.atMs).toISOString() });
      case "request":
        return void this.#database.serve(message.id, message.request);
      case "result":
        if (this.#result === null) this.#keepResult(message.result);
        return;
      case "failure":
        this.#failure ??= message.failure;
        return;
      case "lingering":
        if (this.#result !== null) this.#warn(BUSY, { open: message.open });
        return;
      case undefined:
        return;
    }
  }

  said(): Pick<Said, "result" | "failure" | "killed" | "warning"> {
    const [result, failure] = [this.#result, this.#failure];
    return { result, failure, killed: this.#killed, warning: this.#warning };
  }

  async close(): Promise<void> {
    clearTimeout(this.#linger);
    this.#log.end();
    await this.#database.close();
  }

  #addLine(line: Pick<LogLine, "at" | "level" | "message" | "metadata">): void {
    const redact = (text: string): string => redactShortened(text, this.#prepared.redact);
    this.#log.add({
      at: line.at,
      level: line.level,
      module: "job",
      message: storableText(redact(line.message)),
      metadata: storableJson(line.metadata, redact),
    });
  }

  #keepResult(result: ReturnedResult): void {
    this.#result = result;
    const { deps, request } = this.#prepared;
    this.#linger = setTimeout(() => {
      this.#killed = true;
      this.#warn(STUCK, null);
      deps.launcher.finish(request.executionId);
    }, LINGER_MS);
  }

  /** The row tells the first warning, the log all of them. */
  #warn(message: string, metadata: JsonValue): void {
    this.#warning ??= message;
    this.#addLine({ at: new Date().toISOString(), level: "warn", message, metadata });
  }
}

import type { DefaultedField, JobSpec } from "../model/job.ts";
import { durationText } from "../model/job.ts";
import type { CatchupPolicy, FailureHook, OverlapPolicy, RetryPolicy } from "../model/policy.ts";
import { DEFAULT_POLICIES } from "../model/policy.ts";
import { spreadOffsetMs } from "../schedule/spread.ts";
import { printable } from "./printable.ts";
import { requestTexts, runText } from "./spec-values.ts";

/** One policy of a job in words. */
export interface PolicyText {
  /** The field of the spec that says it. */
  field: DefaultedField;
  /** As the config file calls it. */
  label: string;
  text: string;
}

/** What decides about each due time of a job, whether the file says it or not. */
export function mainPolicies(spec: JobSpec): PolicyText[] {
  return [
    { field: "overlap", label: "overlap", text: overlapText(spec) },
    { field: "catchup", label: "catchup", text: catchupText(spec.catchup) },
    { field: "retry", label: "attempts", text: attemptsText(spec.retry) },
  ];
}

/** The other policies of a job, where they are not those that hold where the file is silent. */
export function otherPolicies(spec: JobSpec): PolicyText[] {
  const texts: PolicyText[] = [];
  const say = (field: DefaultedField, label: string, text: string): number =>
    texts.push({ field, label, text });
  if (spec.schedule?.type === "cron" && spec.schedule.dst !== undefined) {
    const { gap, fold } = spec.schedule.dst;
    const parts = [gap === undefined ? [] : `gap ${gap}`, fold === undefined ? [] : `fold ${fold}`];
    say("schedule", "dst", parts.flat().join(", "));
  }
  if (spec.spreadMs > 0) say("spreadMs", "spread", spreadText(spec));
  if (spec.concurrency !== DEFAULT_POLICIES.concurrency) {
    say("concurrency", "concurrency", `${spec.concurrency} at a time`);
  }
  if (spec.mutex !== null) {
    say("mutex", "mutex", `${printable(spec.mutex)}, one at a time of all jobs that name it`);
  }
  if (spec.priority !== DEFAULT_POLICIES.priority) {
    say("priority", "priority", String(spec.priority));
  }
  if (spec.deadlineMs !== null) {
    say("deadlineMs", "deadline", `${durationText(spec.deadlineMs)} for all attempts`);
  }
  if (spec.lateAfterMs !== null) say("lateAfterMs", "late after", durationText(spec.lateAfterMs));
  if (spec.pauseAfterFailures !== null) {
    say("pauseAfterFailures", "pause", `after ${spec.pauseAfterFailures} failures in a row`);
  }
  if (spec.onFailure !== null) say("onFailure", "on failure", hookText(spec.onFailure));
  return texts;
}

/** What is done about a failure, on one line and never shortened. */
export function hookText(hook: FailureHook): string {
  if (hook.type === "command") return runText({ type: "command", command: hook.command });
  const parts = requestTexts(hook.http).map(([label, text]) => `${label} ${text}`);
  return [runText({ type: "http", http: hook.http }), ...parts].join(", ");
}

const OVERLAPS: Record<Exclude<OverlapPolicy, "queue_all">, string> = {
  skip: "skip",
  queue_one: "queue_one",
  replace: "replace, which cancels what runs",
  allow: "allow, any number at a time",
};

function overlapText({ overlap, queueLimit }: JobSpec): string {
  return overlap === "queue_all" ? `queue_all, at most ${queueLimit} wait` : OVERLAPS[overlap];
}

/** Which missed due times are caught up. */
export function catchupText({ policy, windowMs, max }: CatchupPolicy): string {
  switch (policy) {
    case "none":
      return "none";
    case "latest":
      return `the latest within ${durationText(windowMs)}`;
    case "all":
      return `all within ${durationText(windowMs)}, at most ${max}`;
  }
}

function attemptsText({ attempts, initialMs, factor, maxMs, jitter }: RetryPolicy): string {
  if (attempts === 1) return "1";
  const growth = factor === 1 ? "" : ` × ${factor} up to ${durationText(maxMs)}`;
  const swing = jitter === 0 ? "" : ` ± ${Math.round(jitter * 100)} %`;
  return `${attempts}, pauses of ${durationText(initialMs)}${growth}${swing}`;
}

function spreadText({ name, spreadMs }: JobSpec): string {
  const offset = durationText(spreadOffsetMs(name, spreadMs));
  return `${durationText(spreadMs)}, this job starts ${offset} after its due time`;
}

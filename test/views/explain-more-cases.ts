import type { ExplainData } from "../../src/views/explain-data.ts";
import {
  byRevision,
  data,
  DUE,
  notStarted,
  other,
  policies,
  recorded,
  unattended,
} from "./explain-facts.ts";

const backfilled = {
  ...other,
  trigger: "backfill",
  triggered_by: "bob@laptop",
  scheduled_for: DUE,
  started_at: "2026-11-20T08:30:00.000Z",
} as const;

/** It started four minutes late, all of which it waited. */
const late = { started_at: "2026-11-20T01:04:10.000Z" };
const delay: NonNullable<ExplainData["delay"]> = {
  recorded_after_ms: 4,
  waited_ms: 249_996,
  mutex: null,
  holders: [],
  node_slots: null,
  unattended: null,
};
const day = { from: "2026-11-19T23:00:00.000Z", until: "2026-11-20T23:00:00.000Z" };

/** No due time was asked about. */
const none = { scheduled_for: null, due_at: null, schedule: null };

/** Answers about what was late or backfilled, about days, and about jobs that are gone. */
export const CIRCUMSTANCES: Record<string, ExplainData> = {
  backfilled: recorded(
    "skipped",
    { reason: "missed", ...notStarted },
    {
      unattended,
      beside: [backfilled],
    },
  ),
  "backfill-failed": recorded(
    "failed",
    { reason: "exit_code", exit_code: 1 },
    { beside: [{ ...backfilled, state: "failed" }] },
  ),
  "backfill-waits": data("lost", {
    beside: [{ ...backfilled, state: "pending", started_at: null, finished_at: null }],
  }),
  "delay-slots": recorded("success", late, { delay: { ...delay, node_slots: 4 } }),
  "delay-slot": recorded("success", late, { delay: { ...delay, node_slots: 1 } }),
  "delay-mutex": recorded("success", late, {
    delay: {
      ...delay,
      mutex: "warehouse",
      holders: [
        { ...other, job_name: "import", finished_at: "2026-11-20T01:04:09.000Z" },
        { ...other, job_name: "export" },
      ],
    },
  }),
  "delay-own": recorded("success", late, {
    delay: { ...delay, holders: [{ ...other, finished_at: "2026-11-20T01:04:09.000Z" }] },
  }),
  "delay-node-died": recorded("success", late, {
    delay: {
      ...delay,
      unattended: { from: "2026-11-20T01:00:30.000Z", until: "2026-11-20T01:04:08.000Z" },
    },
  }),
  "delay-unknown": recorded("success", late, { delay }),
  "delay-recorded": recorded(
    "success",
    { started_at: "2026-11-20T01:00:08.000Z", created_at: "2026-11-20T01:00:06.500Z" },
    { delay: { ...delay, recorded_after_ms: 6_500, waited_ms: 1_500 }, unattended },
  ),
  "delay-deadline": recorded(
    "timed_out",
    { reason: "deadline", ...notStarted, finished_at: "2026-11-20T02:00:00.000Z" },
    {
      policies: { ...policies, deadline_ms: 3_600_000 },
      delay: {
        ...delay,
        waited_ms: 3_600_000,
        holders: [{ ...other, finished_at: "2026-11-20T01:59:00.000Z" }],
      },
    },
  ),
  "several-times": data("several", {
    ...none,
    asked: { ...day, day: "2026-11-20" },
    others: Array.from({ length: 3 }, (_, index) => `2026-11-20T0${index}:00:00.000Z`),
  }),
  "several-times-to-come": data("several", {
    ...none,
    asked: {
      from: "2026-11-21T23:00:00.000Z",
      until: "2026-11-22T23:00:00.000Z",
      day: "2026-11-22",
    },
    others: Array.from({ length: 100 }, (_, index) =>
      new Date(Date.parse("2026-11-21T23:00:00Z") + index * 600_000).toISOString(),
    ),
  }),
  "not-due-day": data("not_due", {
    ...none,
    asked: { ...day, day: "2026-11-20" },
    nearest: { before: "2026-11-16T01:00:00.000Z", after: "2026-11-23T01:00:00.000Z" },
  }),
  "not-due-today": data("not_due", {
    ...none,
    asked: {
      from: "2026-11-20T23:00:00.000Z",
      until: "2026-11-21T23:00:00.000Z",
      day: "2026-11-21",
    },
    nearest: { before: null, after: "2026-11-23T01:00:00.000Z" },
  }),
  "removed-since": recorded(
    "failed",
    { reason: "exit_code", exit_code: 1 },
    { removed: { ...byRevision, kind: "removed" } },
  ),
};

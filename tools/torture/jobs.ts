import type { Random } from "./random.ts";

/** How the code of a job behaves, as `job-script.ts` has it. */
export type Behaviour =
  | "plain"
  /** Its first attempt fails. */
  | "fails_once"
  | "fails"
  /** It runs into its timeout. */
  | "hangs"
  /** It hangs, and does not listen to SIGTERM. */
  | "stubborn"
  /** It leaves a process in a session of its own. */
  | "leaves";

/** What runs: the script that keeps the ledger, or code of a plugin, which has no rights to. */
export type Code = "script" | "plugin";

/** A job of the torture. All but its schedule and its length stay as they are when it is edited. */
export interface TortureJob {
  name: string;
  code: Code;
  everySeconds: number;
  /** By a cron expression in place of an interval; only where that has such beats. */
  cron: boolean;
  overlap: "skip" | "queue_one" | "queue_all" | "replace" | "allow";
  mutex: string | null;
  concurrency: number;
  attempts: number;
  spreadMs: number;
  catchup: "none" | "latest" | "all";
  behaviour: Behaviour;
  sleepMs: number;
}

const CRON_BEATS = [1, 2, 3, 4, 5, 6, 10];

/** Makes so many jobs, each due every 1–10 s; every policy is among the first of them. */
export function makeJobs(random: Random, count: number): TortureJob[] {
  return Array.from({ length: count }, (_, index) => makeJob(random, index));
}

/** One job; `index` makes its name and decides which policies it has. */
export function makeJob(random: Random, index: number): TortureJob {
  const policy = POLICIES[index % POLICIES.length] ?? {};
  const everySeconds = everyOf(random, policy);
  const behaviour = policy.behaviour ?? "plain";
  return {
    name: `job-${String(index).padStart(3, "0")}`,
    code: "script",
    everySeconds,
    cron: CRON_BEATS.includes(everySeconds) && random.chance(0.4),
    overlap: "skip",
    mutex: null,
    concurrency: 1,
    attempts: 1,
    spreadMs: 0,
    catchup: "latest",
    behaviour,
    sleepMs: sleepOf(random, behaviour),
    ...policy,
  };
}

/** Another schedule and another length for the same job. */
export function editJob(random: Random, job: TortureJob): TortureJob {
  const everySeconds = everyOf(random, job);
  const cron = CRON_BEATS.includes(everySeconds) && random.chance(0.4);
  return { ...job, everySeconds, cron, sleepMs: sleepOf(random, job.behaviour) };
}

/** What a person makes of the file: a job goes, a job comes, two are changed. */
export function editJobs(
  random: Random,
  jobs: readonly TortureJob[],
  nextIndex: number,
): TortureJob[] {
  const gone = random.pick(jobs);
  const changed = new Set([random.pick(jobs), random.pick(jobs)]);
  const kept = jobs.filter((job) => job !== gone);
  const edited = kept.map((job) => (changed.has(job) ? editJob(random, job) : job));
  return [...edited, makeJob(random, nextIndex)];
}

const POLICIES: Partial<TortureJob>[] = [
  {},
  { attempts: 3, behaviour: "fails_once" },
  { overlap: "queue_one" },
  { mutex: "shared-a" },
  { overlap: "allow" },
  { overlap: "queue_all", catchup: "all" },
  { overlap: "replace" },
  { mutex: "shared-a", overlap: "queue_one", attempts: 2 },
  { behaviour: "hangs", attempts: 2 },
  { spreadMs: 1_000 },
  { concurrency: 2, overlap: "queue_one" },
  { behaviour: "leaves" },
  { code: "plugin", overlap: "queue_one", attempts: 2 },
  { catchup: "all", attempts: 2 },
  { mutex: "shared-b" },
  { behaviour: "fails", attempts: 2, overlap: "queue_one" },
  { concurrency: 2 },
  { behaviour: "stubborn" },
  { catchup: "none", attempts: 3, behaviour: "fails_once" },
  { mutex: "shared-b", overlap: "queue_all" },
  { attempts: 5 },
];

/** Jobs that share a mutex leave one another room, and a spread is shorter than the interval. */
function everyOf(random: Random, { mutex, spreadMs }: Partial<TortureJob>): number {
  return random.between(mutex || spreadMs ? 3 : 1, 10);
}

/** Most jobs are short, some are longer than the time to their next run. */
function sleepOf(random: Random, behaviour: Behaviour): number {
  if (behaviour === "hangs" || behaviour === "stubborn") return 60_000;
  return random.chance(0.15) ? random.between(1_500, 4_000) : random.between(50, 700);
}

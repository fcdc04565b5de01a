// The door for tests of job code: `import { runJob } from "cronverge/testing"`.
export { runJob } from "./sandbox/run-job.ts";
export type { AnswerQuery, JobRun, JobRunLog, RunJobOptions } from "./sandbox/run-job.ts";

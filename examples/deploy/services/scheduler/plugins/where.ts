import { hostname } from "node:os";
import { defineJob, JobResult } from "cronverge";

export default defineJob({
  name: "where",
  execute() {
    return JobResult.success().withMessage(`ran on ${hostname()}`);
  },
});

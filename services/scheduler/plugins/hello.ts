import { defineJob, JobResult } from "cronverge";

export default defineJob({
  name: "hello",
  async execute(ctx) {
    ctx.logger.info(`hello, ${String(ctx.parameters["name"])}`);
    return JobResult.success().withMessage("said hello").withStats(1, 0);
  },
});

import { defineJob, JobResult } from "cronverge";

export default defineJob({
  name: "hello",
  async execute(ctx) {
    const { name } = ctx.parameters;
    if (typeof name !== "string") return JobResult.failure("the parameter name must be a text");
    ctx.logger.info(`hello, ${name}`);
    return JobResult.success().withMessage("said hello").withStats(1, 0);
  },
});

import { defineJob } from "cronverge";

export default defineJob({
  name: "tick",
  execute: (ctx) => ({ scheduledFor: ctx.execution.scheduledFor?.toISOString() ?? null }),
});

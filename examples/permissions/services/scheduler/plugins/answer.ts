import { defineJob, JobResult } from "cronverge";

export default defineJob({
  name: "answer",
  async execute(ctx) {
    const sql = ctx.database("app");
    const [row] = await sql`select ${6}::int * ${7}::int as answer`;
    return JobResult.success().withMessage(`the answer is ${JSON.stringify(row?.["answer"])}`);
  },
});

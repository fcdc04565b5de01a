import { readFile } from "node:fs/promises";
import { defineJob, JobResult } from "cronverge";

export default defineJob({
  name: "weekly-numbers",
  async execute(ctx) {
    const weeks = Number(ctx.parameters["weeks"]);
    const orders = (await readFile("data/orders.csv", "utf8")).trim().split("\n").slice(1);
    ctx.logger.info("counted", { weeks, orders: orders.length });
    return JobResult.success().withMessage(`${orders.length} orders`);
  },
});

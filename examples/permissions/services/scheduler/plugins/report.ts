import { readFile, writeFile } from "node:fs/promises";
import { defineJob, JobResult } from "cronverge";

export default defineJob({
  name: "report",
  async execute() {
    const rows = (await readFile("data/orders.csv", "utf8")).trim().split("\n").slice(1);
    await writeFile("out/report.txt", `${rows.length} orders\n`);
    return JobResult.success().withMessage("report written").withStats(rows.length, 0);
  },
});

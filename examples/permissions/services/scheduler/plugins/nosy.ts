import { readFile } from "node:fs/promises";
import { defineJob } from "cronverge";

export default defineJob({
  name: "nosy",
  async execute() {
    return await readFile("/etc/hostname", "utf8");
  },
});

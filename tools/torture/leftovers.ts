import { readdirSync, readFileSync } from "node:fs";
import type { Leftover } from "../history/checker.ts";

/** The processes of runs whose ledger is in the folder, found by what is in their environment. */
export function findLeftovers(ledger: string): Leftover[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): Leftover[] => {
      const environment = read(`/proc/${name}/environ`).split("\0");
      if (!environment.includes(`TORTURE_LEDGER=${ledger}`)) return [];
      const tag = environment.find((entry) => entry.startsWith("CRONVERGE_EXECUTION_ID="));
      const command = read(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim();
      return [{ pid: Number(name), executionId: tag?.split("=")[1] ?? "?", command }];
    });
}

/** A process may end while it is looked at. */
function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

import { configText } from "./config-text.ts";
import { openEmbedded } from "../../src/store/embedded.ts";
import { makeProject, startUp, timeCommand } from "./program.ts";
import type { PartResult } from "./report.ts";
import { figure } from "./report.ts";
import { median } from "./statistics.ts";

/** Time of `check` and `plan`, each typed on a cold program. */
export async function measureCommands({ rounds }: { rounds: number }): Promise<PartResult> {
  const rows: string[][] = [];
  for (const jobs of [100, 1_000, 10_000]) {
    await using project = await makeProject(configText(jobs));
    // It stays up, as beside a running scheduler.
    await using _server = await openEmbedded({ root: project.root, stateDir: project.stateDir });
    const time = async (args: string[], allowed: number[]): Promise<string> => {
      const times: number[] = [];
      for (let n = 0; n < rounds; n += 1) {
        times.push(await timeCommand(args, { cwd: project.root, allowed }));
      }
      return figure(median(times));
    };
    const check = await time(["check"], [0]);
    const first = await time(["plan"], [0]);
    await timeCommand(["apply"], { cwd: project.root, allowed: [0] });
    const unchanged = await time(["plan"], [0]);
    await project.write(configText(jobs, { moved: 1, minute: 59 }));
    const moved = await time(["plan"], [0]);
    rows.push([figure(jobs), check, first, unchanged, moved]);
  }
  return {
    tables: [
      {
        title: "Commands, typed → ended, in ms",
        columns: [
          "jobs",
          "check",
          "plan, all new",
          "plan, nothing changed",
          "plan, one job changed",
        ],
        rows,
        note: `Medians of ${rounds} runs of the compiled program, each a new process, while the database runs.`,
      },
    ],
    findings: [],
  };
}

/** Time from the save of a file in which one line changed until its revision is in force. */
export async function measureReload({ saves }: { saves: number }): Promise<PartResult> {
  const rows: string[][] = [];
  for (const jobs of [100, 10_000]) {
    await using project = await makeProject(configText(jobs));
    await using up = await startUp(project);
    const times: number[] = [];
    for (let n = 0; n < saves; n += 1) {
      const text = configText(jobs, { moved: 7, minute: 10 + n });
      const savedMs = Date.now();
      await project.write(text);
      times.push((await up.next("applied")) - savedMs);
    }
    rows.push([figure(jobs), figure(median(times)), figure(Math.max(...times))]);
  }
  return {
    tables: [
      {
        title: "From save to in force, in ms",
        columns: ["jobs", "median", "slowest"],
        rows,
        note: `${saves} saves in which one line changed; a running scheduler has told that the revision is recorded.`,
      },
    ],
    findings: [],
  };
}

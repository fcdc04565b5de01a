// A measured process: connects, says that it is ready, runs what there is when it is told to.
import type { ChildReport, ChildRequest, ChildTask, Contender } from "./child-messages.ts";
import { startGraphileWorker } from "./graphile-worker.ts";
import { startLeast } from "./least.ts";
import { startNode } from "./node.ts";
import { startPgBoss } from "./pg-boss.ts";

/** A contender that is connected and does nothing yet. */
interface Started extends AsyncDisposable {
  record?: () => void;
  run: () => Promise<void>;
}

const STARTERS: Record<Contender, (task: ChildTask, onRun: () => void) => Promise<Started>> = {
  cronverge: startCronverge,
  least: startLeast,
  "pg-boss": startPgBoss,
  "pg-boss, each job": (task, onRun) => startPgBoss({ ...task, perJob: true }, onRun),
  "graphile-worker": startGraphileWorker,
};

/** Reports are gathered this long, so that telling costs less than running. */
const REPORT_MS = 5;

await main(JSON.parse(process.argv[2] ?? "") as ChildTask);

async function main(task: ChildTask): Promise<void> {
  let count = 0;
  let firstMs = 0;
  let timer: NodeJS.Timeout | null = null;
  const start = STARTERS[task.contender];
  const started = await start(task, () => {
    if (count === 0) firstMs = Date.now();
    count += 1;
    timer ??= setTimeout(() => {
      timer = null;
      tell({ type: "runs", count, firstMs });
    }, REPORT_MS);
  });
  process.on("message", (request: ChildRequest) => {
    if (request === "record") started.record?.();
    else if (request === "run") void started.run();
    else void stop(started);
  });
  tell({ type: "ready" });
}

async function stop(started: Started): Promise<void> {
  await started[Symbol.asyncDispose]();
  process.exit(0);
}

function tell(report: ChildReport): void {
  process.send?.(report);
}

async function startCronverge(task: ChildTask, onRun: () => void): Promise<Started> {
  const node = await startNode({ ...task, onRun });
  let recording = false;
  const record = (): void => {
    if (!recording) node.startClock();
    recording = true;
  };
  return {
    record,
    async run() {
      record();
      node.startClaiming();
    },
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
}

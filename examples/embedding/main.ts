import { join } from "node:path";
import { startScheduler } from "cronverge";

const firstSuccess = Promise.withResolvers<string>();

await using scheduler = await startScheduler({
  config: join(import.meta.dirname, "services/scheduler/config.yaml"),
  stateDir: join(import.meta.dirname, ".cronverge"),
  onEvent(event) {
    if (event.type === "run_finished" && event.status === "success") {
      firstSuccess.resolve(event.jobName);
    }
  },
});

process.stdout.write(`node ${scheduler.nodeId} is running\n`);
process.stdout.write(`first success: ${await firstSuccess.promise}\n`);

// Preloaded into a scheduler that a test starts from the sources: `CRONVERGE_FAULT_POINT` names the
// place at which it kills itself, once that place was reached as often as its `passes` say.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

/** A place in the sources, before which the process is killed. The text stands there once. */
export interface FaultPoint {
  file: string;
  before: string;
  /** How often it goes well first. */
  passes: number;
}

/** Between two acts that a crash must not tear apart. */
export const FAULT_POINTS: Readonly<Record<string, FaultPoint>> = {
  "claimed by the clock, not yet accepted": {
    file: "src/daemon/clock.ts",
    before: "worker.accept(toClaims(",
    passes: 0,
  },
  "claimed, its start not yet committed": {
    file: "src/daemon/run.ts",
    before: "const started = claimed.started ??",
    passes: 0,
  },
  "its start committed, its process not yet asked for": {
    file: "src/daemon/run.ts",
    before: "const outcome = whyCancelled(",
    passes: 0,
  },
  "its process started, which nobody has heard yet": {
    file: "src/execute/launcher-client.ts",
    before: 'if (message.type === "started") events?.onStarted',
    passes: 0,
  },
  "lines on their way to the log": {
    file: "src/daemon/log-writer.ts",
    before: "return groups.map(() => undefined);",
    passes: 0,
  },
  "ended, its end not yet recorded": {
    file: "src/daemon/run.ts",
    before: "const ending = await deps.finishes.add(ended);",
    passes: 0,
  },
  "its end recorded, which nobody has heard yet": {
    file: "src/daemon/run.ts",
    before: "if (ending === null) return;",
    passes: 0,
  },
  "in the middle of an apply": {
    file: "src/store/apply.ts",
    before: "await settleOverrides(tx);",
    passes: 0,
  },
  "an apply committed, of which nobody was told": {
    file: "src/store/apply.ts",
    before: "await wakeNodes(db);",
    passes: 0,
  },
  "in the middle of a migration": {
    file: "src/store/migrate.ts",
    before: 'await tx.query("insert into schema_migrations',
    passes: 1,
  },
  "the program of a plugin half written": {
    file: "src/source/program.ts",
    before: "await rename(draft, file);",
    passes: 0,
  },
};

const wanted = Object.entries(FAULT_POINTS).find(
  ([name]) => name === process.env["CRONVERGE_FAULT_POINT"],
);

if (wanted !== undefined) {
  const [name, { file, before, passes }] = wanted;
  const path = new URL(`../../${file}`, import.meta.url);
  const parts = readFileSync(path, "utf8").split(before);
  if (parts.length !== 2)
    throw new Error(`the place of '${name}' is ${parts.length - 1} times there`);
  const kill = `if ((globalThis.faultPasses = (globalThis.faultPasses ?? ${passes}) - 1) < 0)
    process.kill(process.pid, "SIGKILL");\n`;
  registerHooks({
    load(url, context, next) {
      if (url !== path.href) return next(url, context);
      const source = parts.join(`${kill}${before}`);
      return { format: "module-typescript", source, shortCircuit: true };
    },
  });
}

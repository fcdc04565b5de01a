import { deleteEmptyContexts, findEmptyContexts } from "../store/contexts.ts";
import { serverNow } from "../store/queryable.ts";
import type { RequiredColumns } from "../store/required-columns.ts";
import { hoursBefore } from "./ages.ts";
import { Budget } from "./budget.ts";
import type { BuiltinJob } from "./contract.ts";
import { readParameters } from "./parameters.ts";
import { reportSwept } from "./report.ts";
import { sweepAll } from "./sweep.ts";
import { requireColumns } from "./tables.ts";

/** Deletes conversation contexts that nobody ever wrote into, and that no audit would ask for. */
export const cleanupEmptyContexts: BuiltinJob = {
  async run(context) {
    const { database, enforce, parameters } = context;
    const hours = readParameters("cleanup_empty_contexts", parameters).number("retention_hours");
    await requireColumns(context, REQUIRED);
    const before = hoursBefore(await serverNow(database), hours);
    const budget = new Budget(context);
    const swept = await sweepAll(
      [
        {
          nouns: ["empty context", "empty contexts"],
          find: (page) => findEmptyContexts(database, { before, ...page }),
          write: (keys) => deleteEmptyContexts(database, keys),
        },
      ],
      { ...context, budget },
    );
    const verbs = { did: "Deleted", would: "Would delete" };
    return reportSwept(swept, { enforce, budget, verbs });
  },
};

const REQUIRED: RequiredColumns = {
  user_contexts: ["context_id", "created_at", "kind", "session_id"],
  task_messages: ["context_id"],
  mcp_tool_executions: ["context_id"],
  governance_decisions: ["context_id"],
};

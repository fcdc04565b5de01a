import type { DesiredState } from "../model/job.ts";
import type { AgreedPlan } from "../plan/saved.ts";
import type { PluginCode } from "./registrations.ts";

/** What is to be in force, and on whose behalf. */
export interface ApplyRequest {
  desired: DesiredState;
  /** Of the config text and of the code it names: what a revision is the same by. */
  configHash: string;
  source: string;
  configFile: string;
  /** Plugin name → its bundled code. */
  codes: ReadonlyMap<string, PluginCode>;
  git: { commit: string; author: string; subject: string; dirty: boolean } | null;
  appliedBy: string;
  nodeId: string | null;
  allowPrune: boolean;
  /** Ends the running executions of removed and disabled jobs too. */
  cancelRunning: boolean;
  /** The plan that somebody agreed to; absent: whatever the plan is. */
  agreed?: AgreedPlan;
}

/** What a node does of the work: follow the file and keep the clock, run jobs, or both. */
export const NODE_ROLES = ["all", "clock", "worker"] as const;

/** `once` is a process that runs what it was asked for and ends. */
export type NodeRole = (typeof NODE_ROLES)[number] | "once";

/** Whether it reads the files, applies them, and records what is due. */
export function keepsClock(role: NodeRole): boolean {
  return role === "all" || role === "clock";
}

/** Whether it runs what waits, whoever recorded it. */
export function runsJobs(role: NodeRole): boolean {
  return role === "all" || role === "worker";
}

/** `draining`: it ends what it runs and takes nothing new. */
export type NodeState = "live" | "draining" | "stopped" | "dead";

/** Whether it takes what waits now; a node that is `silent` does not, whatever its row says. */
export function takesJobs(node: { role: NodeRole; state: NodeState | "silent" }): boolean {
  return runsJobs(node.role) && node.state === "live";
}

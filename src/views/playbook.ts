import type { CommandFacts } from "./command-reference.ts";
import { renderCommandReference } from "./command-reference.ts";

/** A guide that programs and people read before they use the commands. */
export interface Playbook {
  name: string;
  title: string;
  description: string;
}

/** All that there are. */
export const PLAYBOOKS: readonly Playbook[] = [
  {
    name: "cli_jobs",
    title: "Jobs by the command line",
    description: "every command about jobs and their logs, and how to work with them",
  },
];

/** The groups of commands that a guide about jobs speaks of. */
const GROUPS: readonly string[] = ["jobs", "logs", "explain", "why", "backfill", "status"];

/** The guide in Markdown; `commands` are all of the program. */
export function renderPlaybook(playbook: Playbook, commands: readonly CommandFacts[]): string {
  const own = commands.filter(({ name }) => GROUPS.includes(name.split(" ")[0] ?? ""));
  return [
    `# ${playbook.title}\n`,
    PREAMBLE,
    "## Commands\n",
    renderCommandReference(own, { heading: "###" }),
    WORKFLOWS,
  ].join("\n");
}

const PREAMBLE = `## Rules

- Jobs are declared in \`services/scheduler/config.yaml\` and kept in git. To change what runs and when, edit
  that file, show \`cronverge plan\`, and let it be reviewed; \`cronverge apply\`, or a running
  \`cronverge up\`, puts it in force. The commands here run, stop and examine what is in force.
- No command ever asks. \`--non-interactive\` is accepted everywhere.
- Results are on stdout, messages on stderr. With \`--json\` stdout is one document
  \`{"data": …, "artifact_type": …, "title": …}\`, and an error is one on stderr,
  \`{"error": {"code": …, "message": …, "help": …}}\`; \`help\` says what to do.
- Exit codes: 0 ok; 1 an error, or a job that was run failed; 2 changes are pending; 3 it could not be
  done (database, files); 64 the command line is wrong; 130 interrupted.
- \`status\` and \`last_status\` are \`success\`, \`failed\` or \`running\`; \`state\` beside them is exact:
  \`timed_out\`, \`cancelled\`, \`abandoned\`, \`skipped\`, …, and \`reason\` says why.
- \`-\` and \`_\` in the name of a job are the same. Instants in JSON are ISO 8601 in UTC.
- Before \`jobs\`, \`infra\` and \`core\` may stand; they mean nothing.
`;

const WORKFLOWS = `## Ways of working

Look before running, and look at what it did:

\`\`\`sh
cronverge --json jobs list
cronverge --json jobs show NAME
cronverge --json jobs run NAME
cronverge --json jobs history --job NAME -n 5
cronverge --json logs view --job NAME --limit 100
\`\`\`

A job does not run, or did not run at some time:

\`\`\`sh
cronverge --json why NAME
cronverge --json explain NAME 2026-01-14T10:00:00Z
cronverge --json status
\`\`\`

Stop a job for a while, against the file, and let it go on:

\`\`\`sh
cronverge jobs disable NAME --reason "the target is being moved"
cronverge jobs enable NAME
\`\`\`

Clean up, seeing first what would go:

\`\`\`sh
cronverge jobs cleanup-sessions --dry-run
cronverge jobs cleanup-sessions
cronverge jobs log-cleanup --days 7 --dry-run
cronverge jobs log-cleanup --days 7
\`\`\`

A run failed: read why, mend it, run what was missed:

\`\`\`sh
cronverge --json jobs history --status failed -n 10
cronverge --json logs view --execution ID
cronverge --json backfill NAME --from 2026-01-14 --reprocess failed --dry-run
\`\`\`
`;

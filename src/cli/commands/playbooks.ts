import { didYouMean } from "../../config/suggest.ts";
import { SchedulerError } from "../../model/errors.ts";
import { jobKey } from "../../model/job.ts";
import { PLAYBOOKS, renderPlaybook } from "../../views/playbook.ts";
import { renderTable } from "../../views/table.ts";
import { readCommandFacts } from "../command-facts.ts";
import type { Program } from "../registering.ts";
import type { CommandResult } from "../result.ts";

/** `playbooks list` */
export function playbooksList(): CommandResult {
  const playbooks = PLAYBOOKS.map(({ name, description }) => ({ name, description }));
  return {
    data: { playbooks, total: playbooks.length },
    artifactType: "table",
    title: "Playbooks",
    text: ({ color }) =>
      renderTable(playbooks, {
        color,
        columns: [
          { title: "NAME", cell: ({ name }) => name },
          { title: "ABOUT", cell: ({ description }) => description },
        ],
      }),
  };
}

/** `playbooks show NAME`: a guide in Markdown, made of the commands of this very version. */
export function playbooksShow(name: string, program: Program): CommandResult {
  const playbook = PLAYBOOKS.find((other) => jobKey(other.name) === jobKey(name));
  if (playbook === undefined) {
    const names = PLAYBOOKS.map((other) => other.name);
    const help = didYouMean(name, names, "the playbooks are") ?? "see cronverge playbooks list";
    throw new SchedulerError("usage", `there is no playbook '${name}'`, { help });
  }
  const content = renderPlaybook(playbook, readCommandFacts(program));
  return {
    data: { name: playbook.name, description: playbook.description, content },
    artifactType: "text",
    title: `Playbook: ${playbook.name}`,
    text: () => content,
  };
}

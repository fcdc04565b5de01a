import { dirname } from "node:path";
import { resolveValue } from "../../execute/secrets.ts";
import { errorMessage } from "../../model/errors.ts";
import type { DesiredState, JobSpec } from "../../model/job.ts";
import { requestSources, type ValueSource } from "../../model/request.ts";

/**
 * What the config looks up by `{env: …}` and `{file: …}`, or grants, and what is not there. Values are
 * read and thrown away.
 */
export async function unresolvedLookups(
  desired: DesiredState,
  { configFile, env }: { configFile: string; env: NodeJS.ProcessEnv },
): Promise<string[]> {
  const configDir = dirname(configFile);
  const found: string[] = [];
  for (const { key, source } of [...settingSources(desired), ...desired.jobs.flatMap(jobSources)]) {
    await resolveValue(source, { key, configDir, env }).catch((error: unknown) => {
      found.push(errorMessage(error));
    });
  }
  return [...new Set(found)];
}

interface Lookup {
  /** Where it is named, in messages. */
  key: string;
  source: ValueSource;
}

/** The database's own address is opened, and its failure told of there. */
function settingSources({ settings }: DesiredState): Lookup[] {
  const { database, heartbeat } = settings;
  const connections = Object.entries(database.connections).map(([name, source]) => ({
    key: `database.connections.${name}`,
    source,
  }));
  if (heartbeat?.target.type !== "url") return connections;
  return [...connections, { key: "node.heartbeat", source: heartbeat.target.url }];
}

function jobSources({ spec }: { spec: JobSpec }): Lookup[] {
  const { run, onFailure } = spec;
  const sources = [
    ...Object.values(spec.env),
    ...spec.permissions.env.map((name) => ({ env: name })),
    ...(run.type === "http" ? requestSources(run.http) : []),
    ...(onFailure?.type === "http" ? requestSources(onFailure.http) : []),
  ];
  return sources.map((source) => ({ key: `job ${spec.name}`, source }));
}

import { variableRefusal } from "../model/refused-variables.ts";
import type { AttemptRequest } from "./attempt-request.ts";
import { SecretResolver, ValueUnavailable } from "./secrets.ts";

/** The environment of a run, and the values in it that must not be shown. */
export interface RunEnvironment {
  env: Record<string, string>;
  secrets: string[];
}

/**
 * The environment of a job's process, from nothing: a few variables of the node, what the run is,
 * and what the job's `permissions.env` and `env` give it.
 *
 * @throws ValueUnavailable when a variable or file it names is not there, or may not be given.
 */
export async function buildEnvironment(
  request: AttemptRequest,
  node: NodeJS.ProcessEnv,
): Promise<RunEnvironment> {
  const { spec } = request;
  const resolver = new SecretResolver({ configDir: request.configDir, env: node });
  const env = nodeEnvironment(node);
  for (const name of spec.permissions.env) {
    const key = `permissions.env: ${name}`;
    refuseForbidden(name, key);
    const known = Object.hasOwn(env, name);
    const value = await resolver.resolve({ env: name }, key);
    env[name] = value;
    // The variables that every job has are no secrets.
    if (known) resolver.secrets.pop();
  }
  for (const [name, source] of Object.entries(spec.env)) {
    const key = `env.${name}`;
    refuseForbidden(name, key);
    env[name] = await resolver.resolve(source, key);
    if (env[name].includes("\0")) throw new ValueUnavailable(`${key}: the value holds a NUL byte`);
  }
  return { env: { ...env, ...runEnvironment(request) }, secrets: resolver.secrets };
}

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const NODE_VARIABLES = ["PATH", "HOME", "TZ", "LANG"];

const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

function nodeEnvironment(node: NodeJS.ProcessEnv): Record<string, string> {
  const env: Record<string, string> = { PATH: DEFAULT_PATH };
  for (const name of NODE_VARIABLES) {
    const value = node[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

function runEnvironment(request: AttemptRequest): Record<string, string> {
  return {
    CRONVERGE_JOB: request.jobName,
    CRONVERGE_EXECUTION_ID: request.executionId,
    CRONVERGE_SCHEDULED_FOR: request.scheduledFor ?? "",
    CRONVERGE_ATTEMPT: String(request.attempt),
    CRONVERGE_FENCE: request.fence,
    CRONVERGE_NODE: request.nodeId,
    ...request.hook?.variables,
  };
}

function refuseForbidden(name: string, key: string): void {
  if (VARIABLE_NAME.test(name) && variableRefusal(name) === null) return;
  throw new ValueUnavailable(`${key}: a job is never given a variable of this name`);
}

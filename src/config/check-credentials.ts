import type { HttpRequest, ValueSource } from "../model/config.generated.ts";
import { credentialsInArguments, credentialsInCommand } from "../model/command-credentials.ts";
import { credentialsIn, isSecretName } from "../model/credentials.ts";
import type { JsonValue } from "../model/json.ts";
import type { JobView } from "./context.ts";
import { warningAt, type Path, type PathFinding } from "./place.ts";

/** The rule whose places hold secrets: whoever shows the file's lines hides them. */
export const CREDENTIAL_RULE = "security/literal-credential";

/** Secrets that are written into the file, where git keeps them for ever. */
export function checkCredentials({ job, path }: JobView): PathFinding[] {
  const { env = {}, http, parameters = {}, command, description, cwd, tags = [] } = job;
  return [
    ...checkNamed(env, [...path, "env"]),
    ...(http === undefined ? [] : checkRequestSecrets(http, [...path, "http"])),
    ...checkCommandSecrets(command ?? [], { path: [...path, "command"], help: COMMAND_HELP }),
    ...checkTexts(parameters, { path: [...path, "parameters"], named: false }),
    ...checkTexts({ description: description ?? "", cwd: cwd ?? "", tags }, { path, named: false }),
  ];
}

/** The warning about a literal text that holds a credential. */
export function checkSecret(source: ValueSource, path: Path): PathFinding[] {
  const found = typeof source === "string" && credentialsIn(source).length > 0;
  return found ? [credentialAt(path, LOOKUP_HELP)] : [];
}

/** Secrets that are written into a request. */
export function checkRequestSecrets(http: HttpRequest, path: Path): PathFinding[] {
  const { url, body = "", headers = {} } = http;
  return [
    ...checkNamed(headers, [...path, "headers"]),
    ...checkSecret(url, [...path, "url"]),
    ...checkSecret(body, [...path, "body"]),
  ];
}

/** Secrets that are written into a command; `help` says where they belong. */
export function checkCommandSecrets(
  command: string | string[],
  { path, help }: { path: Path; help: string },
): PathFinding[] {
  if (typeof command === "string") {
    return credentialsInCommand(command).length > 0 ? [credentialAt(path, help)] : [];
  }
  return credentialsInArguments(command).flatMap((found, index) =>
    found.length > 0 ? [credentialAt([...path, index], help)] : [],
  );
}

const LOOKUP_HELP = "write {env: NAME} or {file: PATH}, and set the value on the node";
const PARAMETER_HELP =
  "set it on the node, grant it with `permissions: {env: [NAME]}`, and let the code read it from its environment";
const COMMAND_HELP =
  "set it on the node, pass it on with `env: {NAME: {env: NAME}}`, and let the program read it from there";

function credentialAt(path: Path, help: string): PathFinding {
  return warningAt(path, {
    rule: CREDENTIAL_RULE,
    message: "this looks like a credential, and everybody who can read the repository can read it",
    help,
  });
}

function checkNamed(sources: Record<string, ValueSource>, at: Path): PathFinding[] {
  return Object.entries(sources).flatMap(([name, source]) => {
    const path = [...at, name];
    const named = isSecretName(name) && typeof source === "string" && source !== "";
    return named ? [credentialAt(path, LOOKUP_HELP)] : checkSecret(source, path);
  });
}

function checkTexts(value: JsonValue, spot: { path: Path; named: boolean }): PathFinding[] {
  const { path, named } = spot;
  if (typeof value === "string") {
    const secret = value !== "" && (named || credentialsIn(value).length > 0);
    return secret ? [credentialAt(path, PARAMETER_HELP)] : [];
  }
  if (Array.isArray(value)) {
    return value.flatMap((entry, index) => checkTexts(entry, { path: [...path, index], named }));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    checkTexts(entry, { path: [...path, key], named: named || isSecretName(key) }),
  );
}

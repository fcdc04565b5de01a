import type { ValueSource } from "../model/config.generated.ts";
import type { JsonValue } from "../model/json.ts";
import type { JobView } from "./context.ts";
import { warningAt, type Path, type PathFinding } from "./place.ts";

/** The rule whose places hold secrets: whoever shows the file's lines hides them. */
export const CREDENTIAL_RULE = "security/literal-credential";

/** Secrets that are written into the file, where git keeps them for ever. */
export function checkCredentials({ job, path }: JobView): PathFinding[] {
  const findings: PathFinding[] = [];
  const named = (sources: Record<string, ValueSource>, at: Path): void => {
    for (const [name, source] of Object.entries(sources)) {
      findings.push(...checkSecret(source, { path: [...at, name], named: isSecretName(name) }));
    }
  };
  named(job.env ?? {}, [...path, "env"]);
  named(job.http?.headers ?? {}, [...path, "http", "headers"]);
  if (job.http !== undefined) {
    findings.push(...checkSecret(job.http.url, { path: [...path, "http", "url"], named: false }));
  }
  findings.push(...checkTexts(job.command ?? null, { path: [...path, "command"], named: false }));
  findings.push(
    ...checkTexts(job.parameters ?? null, { path: [...path, "parameters"], named: false }),
  );
  return findings;
}

/** The warning about a literal text that is a secret by its name, or holds a password. */
export function checkSecret(
  source: ValueSource,
  { path, named }: { path: Path; named: boolean },
): PathFinding[] {
  if (typeof source !== "string" || source === "") return [];
  if (!named && !PASSWORD_IN_ADDRESS.test(source)) return [];
  return [
    warningAt(path, {
      rule: CREDENTIAL_RULE,
      message:
        "this looks like a credential, and everybody who can read the repository can read it",
      help: "write {env: NAME} or {file: PATH}, and set the value on the node",
    }),
  ];
}

function checkTexts(value: JsonValue, spot: { path: Path; named: boolean }): PathFinding[] {
  if (typeof value === "string") return checkSecret(value, spot);
  if (Array.isArray(value)) {
    return value.flatMap((entry, index) =>
      checkTexts(entry, { ...spot, path: [...spot.path, index] }),
    );
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    checkTexts(entry, { path: [...spot.path, key], named: spot.named || isSecretName(key) }),
  );
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

const SECRET_NAME =
  /token|secret|passw|passphrase|pwd|credential|cookie|authorization|private[-_]?key|api[-_]?key|(?:^|[-_])(?:auth|pass)(?:[-_]|$)/i;

/** `scheme://user:password@host`; a password that a shell fills in is none. */
const PASSWORD_IN_ADDRESS = /:\/\/[^\s/:@]*:(?!\$)[^\s/@]+@/;

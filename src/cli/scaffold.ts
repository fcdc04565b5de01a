import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { SCHEMA_TEXT } from "../config/schema.generated.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { asObject } from "../model/json.ts";
import { PROGRAM_FILES } from "../model/program-files.ts";
import { VERSION } from "../model/version.ts";
import { checkoutAbove } from "../source/upward.ts";

/** A file of a new project. */
export interface ScaffoldFile {
  /** Below the project's folder, with `/` between. */
  path: string;
  text: string;
  /** Another file, without which this one says nothing: it is written only if that one is. */
  needs?: string;
}

/** A line that the project's own package.json lacks. */
export interface PackageLine {
  section: "dependencies" | "scripts";
  name: string;
  value: string;
}

export interface Scaffold {
  files: ScaffoldFile[];
  /** What `init` does not write, and why. */
  leftOut: { path: string; reason: string }[];
  /** Empty where package.json is one of the files. */
  packageLines: PackageLine[];
}

const CONFIG = "services/scheduler/config.yaml";
const WORKFLOW = ".github/workflows/schedule.yml";

/** What a new project in `directory`, an absolute path, is made of. */
export function scaffoldOf(directory: string): Scaffold {
  const manifest = readManifest(directory);
  // In a package of CommonJS, a file is an ES module by its ending.
  const code = manifest === null || manifest["type"] === "module" ? "ts" : "mts";
  const plugin = `services/scheduler/plugins/hello.${code}`;
  const ofCode = (name: string): string => template(name).replaceAll("hello.ts", `hello.${code}`);
  const files: ScaffoldFile[] = [
    { path: CONFIG, text: ofCode("config.yaml") },
    { path: "services/scheduler/schema.json", text: schemaText(), needs: CONFIG },
    { path: plugin, text: ofCode("hello.ts"), needs: CONFIG },
    {
      path: `services/scheduler/plugins/hello.test.${code}`,
      text: ofCode("hello.test.ts"),
      needs: plugin,
    },
    { path: "AGENTS.md", text: template("AGENTS.md") },
    { path: "README.md", text: template("README.md") },
    { path: ".gitignore", text: template("gitignore") },
    { path: "package.json", text: newManifest(directory) },
    { path: "tsconfig.json", text: template("tsconfig.json"), needs: "package.json" },
  ];
  const leftOut: Scaffold["leftOut"] = [];
  // Only in the root of a repository are workflows read.
  const checkout = checkoutAbove(directory);
  const repository = checkout === directory ? null : checkout;
  if (repository === null) files.splice(4, 0, { path: WORKFLOW, text: template("workflow.yml") });
  else
    leftOut.push({
      path: WORKFLOW,
      reason: `it belongs into the root of the repository, ${repository}`,
    });
  return { files, leftOut, packageLines: manifest === null ? [] : missingLines(manifest) };
}

const DEPENDENCY: PackageLine = {
  section: "dependencies",
  name: "cronverge",
  value: `^${VERSION}`,
};
const SCRIPTS: Record<string, string> = {
  start: "cronverge up",
  check: "cronverge check",
  // An older Node finds no test in TypeScript and calls that success; cronverge says what it needs.
  pretest: "cronverge check",
  test: "node --test",
};

/** The templates are files beside the program, in a checkout as in the package. */
function template(name: string): string {
  return readFileSync(new URL(`../scaffold/${name}`, PROGRAM_FILES), "utf8");
}

function schemaText(): string {
  return `${JSON.stringify(JSON.parse(SCHEMA_TEXT), null, 2)}\n`;
}

/** Null: there is none. One that cannot be understood counts as one that says nothing. */
function readManifest(directory: string): JsonObject | null {
  const file = join(directory, "package.json");
  if (!existsSync(file)) return null;
  try {
    const manifest: JsonValue = JSON.parse(readFileSync(file, "utf8"));
    return asObject(manifest);
  } catch {
    return {};
  }
}

function newManifest(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const manifest = {
    name: name === "" ? "schedule" : name,
    private: true,
    type: "module",
    scripts: SCRIPTS,
    dependencies: { [DEPENDENCY.name]: DEPENDENCY.value },
    devDependencies: { "@types/node": "^26.0.0" },
    engines: { node: ">=26" },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function missingLines(manifest: JsonObject): PackageLine[] {
  const lines: PackageLine[] = [
    DEPENDENCY,
    { section: "scripts", name: "schedule", value: "cronverge up" },
  ];
  const { dependencies, devDependencies, scripts } = manifest;
  const present = [dependencies, devDependencies, scripts].map(asObject);
  return lines.filter(({ name }) => !present.some((section) => name in section));
}

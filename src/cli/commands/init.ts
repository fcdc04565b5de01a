import { existsSync } from "node:fs";
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { SchedulerError } from "../../model/errors.ts";
import type { Paint } from "../../views/paint.ts";
import { printable } from "../../views/printable.ts";
import { displayName } from "../context.ts";
import { systemErrorCode } from "../exit.ts";
import type { CommandResult } from "../result.ts";
import { scaffoldOf } from "../scaffold.ts";
import type { PackageLine, ScaffoldFile } from "../scaffold.ts";

/**
 * `init [DIRECTORY]`: a project that works at once. A file that exists is never touched, so that it
 * can be typed in any repository, and again.
 */
export async function init(directory: string): Promise<CommandResult> {
  const place = await makeFolder(directory);
  const { files, leftOut, packageLines } = scaffoldOf(place);
  const written: string[] = [];
  const leftAlone: string[] = [];
  for (const file of files) {
    const { path, needs } = file;
    if (existsSync(join(place, path))) leftAlone.push(path);
    else if (needs !== undefined && !written.includes(needs)) {
      leftOut.push({ path, reason: `it goes with our ${needs}` });
    } else if (await writeNew(place, file)) written.push(path);
    else leftAlone.push(path);
  }
  const next = nextCommands(directory);
  return {
    data: {
      directory: place,
      written,
      left_alone: leftAlone,
      left_out: leftOut,
      add_to_package: packageLines,
      next: next.map(([command]) => command),
    },
    artifactType: "list",
    title: "Project Created",
    text: ({ color }) =>
      [
        paragraph(color("bold", `written in ${printable(displayName(place))}`), written),
        paragraph(color("bold", "left alone, since they exist"), leftAlone),
        paragraph(
          color("bold", "left out"),
          leftOut.map(({ path, reason }) => `${path}: ${printable(reason)}`),
        ),
        paragraph(color("bold", "to add to package.json"), packageLines.map(packageText)),
        paragraph(color("bold", "next"), commandLines(next, color)),
      ]
        .filter((text) => text !== "")
        .join("\n"),
  };
}

async function makeFolder(directory: string): Promise<string> {
  try {
    await mkdir(resolve(directory), { recursive: true });
  } catch (error) {
    if (!["EEXIST", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) throw error;
    const message = `${printable(directory)} cannot be a project: there is a file, not a folder`;
    const help =
      "init takes the folder of the project, which may be new; without one it takes this";
    throw new SchedulerError("usage", message, { help, cause: error });
  }
  return realpath(resolve(directory));
}

/** Whether the file was written: there is none of that name, and no link that leads nowhere. */
async function writeNew(place: string, { path, text }: ScaffoldFile): Promise<boolean> {
  const target = join(place, path);
  await mkdir(dirname(target), { recursive: true });
  try {
    await writeFile(target, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Each with what it does. A program that is not installed is reached through its runner. */
function nextCommands(directory: string): [string, string][] {
  const name = process.env["npm_command"] === "exec" ? "npx cronverge" : "cronverge";
  const enter: [string, string][] =
    resolve(directory) === process.cwd() ? [] : [[`cd ${shellWord(directory)}`, ""]];
  return [
    ...enter,
    [`${name} check`, "finds the mistakes of the file; runs nothing"],
    [`${name} plan`, "shows what would change"],
    [`${name} up`, "runs the schedule and follows the file: hello comes within ten seconds"],
    ["npm install && npm test", "tests the code of hello"],
  ];
}

function shellWord(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function commandLines(commands: [string, string][], color: Paint): string[] {
  const width = Math.max(...commands.map(([command]) => command.length));
  return commands.map(([command, about]) =>
    `${printable(command).padEnd(width)}  ${color("dim", about)}`.trimEnd(),
  );
}

function packageText({ section, name, value }: PackageLine): string {
  return `"${section}": {"${name}": "${value}"}`;
}

function paragraph(heading: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  return `${heading}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

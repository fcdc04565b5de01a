import type { Paint, Style } from "./paint.ts";
import { printable } from "./printable.ts";

/** What was looked at. */
export type DoctorArea = "machine" | "config" | "database" | "nodes" | "jobs";

/** `ok`: looked at, and well. `hint`: it works, and could be better. `wrong`: it does not, or will not. */
export type DoctorLevel = "ok" | "hint" | "wrong";

/** What one check found. */
export interface DoctorFinding {
  area: DoctorArea;
  /** The name of the check, which stays the same. */
  check: string;
  level: DoctorLevel;
  message: string;
  help: string | null;
}

/** The JSON of `doctor`. */
export interface DoctorData {
  /** False when something is wrong; hints alone leave it true. */
  healthy: boolean;
  wrong: number;
  hints: number;
  findings: DoctorFinding[];
}

/** Each finding on its line, by area, with what to do about it below. */
export function renderDoctor(data: DoctorData, color: Paint): string {
  const areas = Object.entries(TITLES).flatMap(([area, title]) => {
    const found = data.findings.filter((finding) => finding.area === area);
    if (found.length === 0) return [];
    return [`${color("bold", title)}\n${found.map((finding) => lineOf(finding, color)).join("")}`];
  });
  return `${areas.join("\n")}\n${verdict(data, color)}\n`;
}

const TITLES = {
  machine: "Machine",
  config: "Config",
  database: "Database",
  nodes: "Nodes",
  jobs: "Jobs",
} satisfies Record<DoctorArea, string>;

const MARKS = {
  ok: { word: "ok   ", style: "green" },
  hint: { word: "hint ", style: "yellow" },
  wrong: { word: "wrong", style: "red" },
} as const satisfies Record<DoctorLevel, { word: string; style: Style }>;

function lineOf({ level, message, help }: DoctorFinding, color: Paint): string {
  const { word, style } = MARKS[level];
  const first = `  ${color(style, word)}  ${lines(message)}\n`;
  return help === null ? first : `${first}         ${color("cyan", "help:")} ${lines(help)}\n`;
}

function lines(text: string): string {
  return text.split("\n").map(printable).join("\n         ");
}

function verdict({ wrong, hints }: DoctorData, color: Paint): string {
  const advice = hints === 0 ? "" : `${hints} ${hints === 1 ? "hint" : "hints"}`;
  if (wrong > 0) {
    const rest = advice === "" ? "" : `, ${advice}`;
    return color("red", `${wrong} ${wrong === 1 ? "thing is" : "things are"} wrong${rest}.`);
  }
  return color("green", advice === "" ? "Nothing is wrong." : `Nothing is wrong; ${advice}.`);
}

import stringWidth from "string-width";
import type { FieldChange } from "../plan/fields.ts";
import type {
  JobPhrases,
  LikelyRename,
  Recoded,
  RedirectedConnection,
  SecurityReview,
} from "../plan/security.ts";
import { codeTexts } from "./code-text.ts";
import type { Paint, Style } from "./paint.ts";
import { settingName } from "./plan-settings.ts";
import { printable } from "./printable.ts";
import { changedText, fieldLabel, runText } from "./spec-values.ts";

/** One job of the section: its name, and what is said of it. */
interface Row {
  name: string;
  phrases: string[];
  style: Style;
}

/** Rows of one sort under their title. */
export interface SecurityGroup {
  symbol: "!" | "+" | "~" | "-" | "?";
  title: string;
  style: Style;
  rows: Row[];
}

/**
 * What changes in what jobs may do, the gravest first, as lines under titles; nothing where nothing
 * changes. Of each sort at most `most` jobs are shown, and the others are counted.
 */
export function securityLines(
  review: SecurityReview,
  options: { color: Paint; width: number; most: number },
): string[] {
  const { color, width, most } = options;
  const groups = securityGroups(review);
  const rows = groups.flatMap((group) => group.rows.slice(0, most));
  const widths = rows.map(({ name }) => stringWidth(name));
  const nameColumns = Math.min(LONGEST_NAME, Math.max(0, ...widths));
  return groups.flatMap((group) => {
    const left = group.rows.length - most;
    return [
      color(group.style, color("bold", `${group.symbol} ${group.title}:`)),
      ...group.rows
        .slice(0, most)
        .flatMap((row) => rowLines(row, { symbol: group.symbol, nameColumns, color, width })),
      ...(left > 0 ? [color("dim", `  … and ${left} more`)] : []),
    ];
  });
}

/**
 * The section as printable texts without a form: what a terminal and a comment show alike. Of a
 * review of a plan as it is, with credentials, only `maskedReview` may be shown.
 */
export function securityGroups(review: SecurityReview): SecurityGroup[] {
  const { elsewhere, redirected, widened, granted, recoded, narrowed, renames } = review;
  const groups: SecurityGroup[] = [
    {
      symbol: "!",
      title: `${counted(elsewhere, "setting leads", "settings lead")} the scheduler itself elsewhere`,
      style: "red",
      rows: elsewhere.map(elsewhereRow),
    },
    {
      symbol: "!",
      title: `${counted(redirected, "name leads", "names lead")} jobs to another database`,
      style: "red",
      rows: redirected.map(redirectedRow),
    },
    {
      symbol: "!",
      title: `${counted(widened, "change widens", "changes widen")} what a job may do`,
      style: "red",
      rows: phraseRows(widened, () => "red"),
    },
    {
      symbol: "+",
      title: `${counted(granted, "new job", "new jobs")} may do more than compute`,
      style: "yellow",
      rows: phraseRows(granted, (unrestricted) => (unrestricted ? "red" : "yellow")),
    },
    {
      symbol: "~",
      title: `${counted(recoded, "job runs", "jobs run")} something else under the same name`,
      style: "yellow",
      rows: recoded.map(recodedRow),
    },
    {
      symbol: "-",
      title: `${counted(narrowed, "job", "jobs")} may do less`,
      style: "green",
      rows: phraseRows(narrowed, () => "green"),
    },
    {
      symbol: "?",
      title: `${counted(renames, "new job looks", "new jobs look")} like one that goes`,
      style: "cyan",
      rows: renames.map(renameRow),
    },
  ];
  return groups.filter(({ rows }) => rows.length > 0);
}

const LONGEST_NAME = 28;
/** More jobs than this with the same phrases become one row. */
const LIKE_JOBS = 4;
const NAMES_SHOWN = 6;

function counted(list: readonly unknown[], one: string, many: string): string {
  return list.length === 1 ? `1 ${one}` : `${list.length} ${many}`;
}

/** Many jobs of which the same is said are one row, so that no other drowns among them. */
function phraseRows(jobs: readonly JobPhrases[], styleOf: (unrestricted: boolean) => Style): Row[] {
  const alike = Map.groupBy(jobs, ({ phrases, unrestricted }) =>
    [String(unrestricted), ...phrases].join("\0"),
  );
  return [...alike.values()].flatMap((group) => {
    const phrases = group[0]?.phrases.map(printable) ?? [];
    const style = styleOf(group[0]?.unrestricted ?? false);
    if (group.length > LIKE_JOBS) return [joinedRow(group, { phrases, style })];
    return group.map(({ name }) => ({ name: printable(name), phrases, style }));
  });
}

function joinedRow(
  group: readonly JobPhrases[],
  { phrases, style }: Pick<Row, "phrases" | "style">,
): Row {
  const names = group.slice(0, NAMES_SHOWN).map(({ name }) => printable(name));
  const left = group.length - names.length;
  const who = `${names.join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
  return {
    name: `${group.length} jobs`,
    phrases: [...phrases, `these are ${who}`],
    style,
  };
}

function elsewhereRow(change: FieldChange): Row {
  return { name: settingName(change), phrases: [changedText(change)], style: "red" };
}

function redirectedRow({ name, changes }: RedirectedConnection): Row {
  const phrases = changes.map((change) => `${settingName(change)} ${changedText(change)}`);
  return { name: printable(name), phrases, style: "red" };
}

function recodedRow(recoded: Recoded): Row {
  const { name, may, unrestricted } = recoded;
  const grants = may.length === 0 ? "nothing but compute" : may.map(printable).join(", ");
  const style = unrestricted ? "red" : may.length > 0 ? "yellow" : "dim";
  return { name: printable(name), phrases: [...recodedTexts(recoded), `may: ${grants}`], style };
}

/** What a job runs before and after, in printable texts. */
export function recodedTexts({ code, run, settings }: Recoded): string[] {
  return [
    ...(run === null ? [] : [`${runText(run.before)} → ${runText(run.after)}`]),
    ...settings.map((change) => `${fieldLabel(change.path)} ${changedText(change)}`),
    ...(code === null ? [] : codeTexts(code)),
  ];
}

function renameRow({ before, after }: LikelyRename): Row {
  const old = printable(before);
  const hint = `if it is ${old} by another name, \`renamed_from: ${old}\` keeps its id and history`;
  return { name: printable(after), phrases: [hint], style: "cyan" };
}

/** On one line where there is room, else one phrase below the other. */
function rowLines(
  { name, phrases, style }: Row,
  options: { symbol: string; nameColumns: number; color: Paint; width: number },
): string[] {
  const { symbol, nameColumns, color, width } = options;
  const margin = " ".repeat(Math.max(0, nameColumns - stringWidth(name)));
  const start = `  ${symbol} ${name}${margin}  `;
  const joined = start + phrases.join(", ");
  if (stringWidth(joined) <= width) return [color(style, joined)];
  const indent = " ".repeat(stringWidth(start));
  return phrases.map((phrase, index) => color(style, (index === 0 ? start : indent) + phrase));
}

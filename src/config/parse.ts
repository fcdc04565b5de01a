import type { Diagnostic } from "../model/diagnostic.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { splitJobs, type JobBlock, type SplitConfig } from "./blocks.ts";
import { limitFindings } from "./limit.ts";
import { LineTable, type Finding, type PathFinding, type Span } from "./place.ts";
import { createLocator, readRegion, unreadRegion, type Locate, type Region } from "./region.ts";
import type { SpanFinding } from "./tree.ts";

/** A config file as a value, with the way back from a value to its place in the file. */
export interface ParsedConfig {
  /** The root of the file; null when it cannot be used at all. */
  value: JsonObject | null;
  /** Mistakes of YAML. The value then lacks what could not be read. */
  diagnostics: Diagnostic[];
  /**
   * Gives findings about the value their lines and columns, which are looked up only then. A value
   * that YAML's own check refused is not reported once more for what was put in its place.
   */
  place(findings: readonly PathFinding[]): Diagnostic[];
  /** 1-based place of a job's key. */
  placeOfJob(name: string): { line: number; column: number };
  /** Entries of `jobs` by their text, for the next reading of the file. */
  blocks: ReadonlyMap<string, JobEntry>;
}

/** One entry of `jobs`. The same text gives the same object, so that identity shows equality. */
export interface JobEntry {
  name: string;
  value: JsonValue;
  refused: SpanFinding[];
}

/**
 * Reads a config file. `file` is the name that diagnostics use; with `previous`, entries of `jobs`
 * whose text did not change are not parsed again.
 */
export function parseConfig(
  text: string,
  options: { file: string; previous?: Pick<ParsedConfig, "blocks"> | undefined },
): ParsedConfig {
  const lines = new LineTable(options.file, text);
  const split = splitJobs(text);
  const surplus = split?.blocks[MAX_JOBS];
  if (surplus !== undefined) return fromWhole(unreadRegion(tooManyJobs(surplus)), { text, lines });
  const pieces = split === null ? null : readPieces(split, options.previous?.blocks);
  if (split !== null && pieces !== null) {
    const trusted = pieces.broken.length === 0 && !split.irregular;
    // Only pieces that all parse are known to mean what the whole means. When one does not, the
    // whole is asked, and if it is broken too, the pieces tell more of what is right and wrong.
    if (trusted) return joinPieces({ split, pieces, lines });
    const whole = readRegion(text);
    if (whole.broken.length > 0 && pieces.broken.length > 0)
      return joinPieces({ split, pieces, lines });
    return fromWhole(whole, { text, lines });
  }
  return fromWhole(readRegion(text), { text, lines });
}

/** Five times as many as one scheduler is made for; reading so many takes seconds. */
export const MAX_JOBS = 50_000;

interface Pieces {
  skeleton: Region;
  entries: { block: JobBlock; entry: JobEntry }[];
  blocks: Map<string, JobEntry>;
  /** Offsets are those of the file. */
  broken: SpanFinding[];
}

/** Null when the cut turns out not to be one: the file must be read as a whole. */
function readPieces(
  split: SplitConfig,
  known: ReadonlyMap<string, JobEntry> | undefined,
): Pieces | null {
  const skeleton = readRegion(split.skeleton);
  const jobs = skeleton.entries.filter(({ key }) => key === "jobs");
  const isCut = jobs.length === 1 && jobs[0]?.at === split.jobsAt && jobs[0].empty;
  if (!isCut || skeleton.broken.length > 0 || skeleton.usesAnchors) return null;
  const pieces: Pieces = { skeleton, entries: [], blocks: new Map(), broken: [] };
  for (const block of split.blocks) {
    const entry = known?.get(block.text) ?? readEntry(block);
    if (entry === null) return null;
    if ("broken" in entry) {
      pieces.broken.push(...entry.broken.map((finding) => shifted(finding, block.start)));
      continue;
    }
    pieces.blocks.set(block.text, entry);
    pieces.entries.push({ block, entry });
  }
  return pieces;
}

function readEntry(block: JobBlock): JobEntry | { broken: SpanFinding[] } | null {
  const region = readRegion(block.text);
  if (region.broken.length > 0) return { broken: region.broken };
  const [first, ...others] = region.entries;
  const single =
    first !== undefined && first.key !== "" && others.length === 0 && first.at === block.indent;
  if (!single || region.usesAnchors) return null;
  const value = (region.value as JsonObject)[first.key] ?? null;
  return { name: first.key, value, refused: region.refused };
}

function joinPieces(given: { split: SplitConfig; pieces: Pieces; lines: LineTable }): ParsedConfig {
  const { split, pieces, lines } = given;
  const found = [...pieces.broken];
  for (const finding of pieces.skeleton.refused) found.push(shifted(finding, 0, split.cut));
  const jobs: JsonObject = {};
  const blocks = new Map<string, JobBlock>();
  for (const { block, entry } of pieces.entries) {
    const key = {
      start: block.start + block.indent,
      end: block.start + block.indent + entry.name.length,
    };
    for (const finding of entry.refused) found.push(shifted(finding, block.start));
    if (isForbidden(entry.name)) continue;
    if (blocks.has(entry.name)) found.push({ ...duplicateJob(entry.name), span: key });
    else {
      jobs[entry.name] = entry.value;
      blocks.set(entry.name, block);
    }
  }
  const diagnostics = limitFindings(found).map((finding) =>
    lines.diagnostic(finding, finding.span),
  );
  return {
    value: { ...(pieces.skeleton.value as JsonObject), jobs },
    diagnostics,
    blocks: pieces.blocks,
    place: (findings) => {
      const locate = createPiecesLocator(split, blocks);
      return placeAll(findings, { lines, locate, refused: diagnostics });
    },
    placeOfJob: (name) => {
      const block = blocks.get(name);
      return lines.at(block === undefined ? split.jobsAt : block.start + block.indent);
    },
  };
}

/** Parses the pieces that are asked for once more, now with a view to their places. */
function createPiecesLocator(split: SplitConfig, blocks: ReadonlyMap<string, JobBlock>): Locate {
  const outside = createLocator(split.skeleton);
  const inside = new Map<JobBlock, Locate>();
  return (path, part) => {
    const block = path[0] === "jobs" ? blocks.get(String(path[1])) : undefined;
    if (block === undefined) return shiftedSpan(outside(path, part), 0, split.cut);
    const locate = inside.get(block) ?? createLocator(block.text);
    inside.set(block, locate);
    return shiftedSpan(locate(path.slice(1), part), block.start);
  };
}

function fromWhole(
  whole: Region,
  { text, lines }: { text: string; lines: LineTable },
): ParsedConfig {
  const locate = createLocator(text);
  // What was saved of a broken line is not what its author wrote.
  const brokenLines = new Set(whole.broken.map(({ span }) => lines.at(span.start).line));
  const refused = whole.refused.filter(({ span }) => !brokenLines.has(lines.at(span.start).line));
  const found = [...whole.broken, ...refused];
  const diagnostics = limitFindings(found).map((finding) =>
    lines.diagnostic(finding, finding.span),
  );
  const isMap =
    typeof whole.value === "object" && whole.value !== null && !Array.isArray(whole.value);
  if (!isMap && found.length === 0)
    diagnostics.push(lines.diagnostic(notAMap(whole.value), { start: 0, end: 1 }));
  return {
    value: isMap && whole.broken.length === 0 ? (whole.value as JsonObject) : null,
    diagnostics,
    blocks: new Map(),
    place: (findings) => placeAll(findings, { lines, locate, refused: diagnostics }),
    placeOfJob: (name) => lines.at(locate(["jobs", name], "key").start),
  };
}

function placeAll(
  findings: readonly PathFinding[],
  given: { lines: LineTable; locate: Locate; refused: readonly Diagnostic[] },
): Diagnostic[] {
  const { lines, locate, refused } = given;
  const taken = new Set(refused.map(({ line, column }) => `${line}:${column}`));
  return findings
    .map((finding) => lines.diagnostic(finding, locate(finding.path, finding.part)))
    .filter(({ line, column }) => !taken.has(`${line}:${column}`));
}

function notAMap(value: JsonValue | undefined): Finding {
  const empty = value === undefined || value === null;
  return {
    severity: "error",
    rule: "config/root",
    message: empty ? "the file is empty" : "the file must be a mapping of keys to values",
    help: "declare the jobs under `jobs:`; `jobs: {}` declares none",
  };
}

function tooManyJobs({ start, indent }: JobBlock): SpanFinding {
  const at = start + indent;
  return {
    severity: "error",
    rule: "yaml/too-large",
    message: `more than ${MAX_JOBS} jobs are declared; the rest begins here`,
    help: "give the schedule to several projects, each with its own file",
    span: { start: at, end: at + 1 },
  };
}

function duplicateJob(name: string): Omit<SpanFinding, "span"> {
  return {
    severity: "error",
    rule: "yaml/duplicate-key",
    message: `\`${name}\` is written twice in this block`,
    help: "remove one of the two, or rename it",
  };
}

function isForbidden(name: string): boolean {
  return name === "__proto__" || name === "constructor" || name === "prototype" || name === "<<";
}

function shifted(finding: SpanFinding, by: number, cut?: SplitConfig["cut"]): SpanFinding {
  return { ...finding, span: shiftedSpan(finding.span, by, cut) };
}

/** Offsets behind the cut of a skeleton stand further down in the file. */
function shiftedSpan(span: Span, by: number, cut?: SplitConfig["cut"]): Span {
  const move = (offset: number): number =>
    offset + by + (cut !== undefined && offset >= cut.at ? cut.length : 0);
  return { start: move(span.start), end: move(span.end) };
}

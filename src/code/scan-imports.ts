import type { ModuleImport } from "../model/plugin.ts";

/**
 * What may name a module in a text that no parser here reads, such as JSX: every string that follows
 * `from`, `import` or `require`. Comments are not taken out, for a text may only look like one; so
 * too much may be found, and all of it counts as deferred, which need not exist.
 */
export function scanImports(text: string): ModuleImport[] {
  const lineStarts = startsOfLines(text);
  if ((text.match(COMMENTED)?.length ?? 0) > MAX_COMMENTED) return [NOTHING_KNOWN];
  const found: ModuleImport[] = [];
  for (const match of text.matchAll(NAMED)) {
    const { quote = "", name = "", more } = match.groups ?? {};
    const computed = more !== undefined || (quote === "`" && name.includes("${"));
    const literal = unescape(computed ? prefixOf(name) : name);
    const named = computed ? { specifier: `${literal}*`, parts: [literal, ""] } : literal;
    const place = placeOf(match, lineStarts);
    found.push({ ...(typeof named === "string" ? { specifier: named } : named), ...place });
  }
  for (const match of text.matchAll(COMPUTED)) {
    found.push({ specifier: "*", parts: ["", ""], ...placeOf(match, lineStarts) });
  }
  for (const match of text.matchAll(JSX_SOURCE)) {
    const place = placeOf(match, lineStarts);
    for (const file of ["jsx-runtime", "jsx-dev-runtime"]) {
      found.push({ specifier: `${match[1] ?? ""}/${file}`, ...place });
    }
  }
  return found;
}

const COMMENT = String.raw`\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|\/\/[^\n]*\n`;
const GAP = String.raw`(?:\s|${COMMENT})*`;
const CALL = String.raw`${GAP}(?:\?\.${GAP})?(?:\(${GAP})*`;

/** `import "x"`, `from "x"`, `import("x"`, `require("x" +`, and `@import "x"` of CSS. */
const NAMED = new RegExp(
  String.raw`\b(?:from|import|require)${CALL}(?<quote>["'\`])(?<name>(?:\\[^]|(?!\k<quote>)[^\\])*)\k<quote>(?<more>${GAP}\+)?`,
  "g",
);
const COMPUTED = new RegExp(
  String.raw`\b(?:import|require)${GAP}(?:\?\.${GAP})?\((?!(?:\s|\(|${COMMENT})*["'\`])`,
  "g",
);
const JSX_SOURCE = /@jsxImportSource\s+([^\s*]+)/g;

/** Each such comment may be as long as the file; no code that people write has many. */
const COMMENTED = /\b(?:from|import|require)[\s(?.]*\/[*/]/g;
const MAX_COMMENTED = 200;
const NOTHING_KNOWN: ModuleImport = {
  specifier: "*",
  parts: ["", ""],
  deferred: true,
  line: 1,
  column: 1,
  endLine: 1,
  endColumn: 2,
};

/** Where a name is computed from here on, any file below the last folder that is known may be meant. */
function prefixOf(name: string): string {
  const literal = name.split("${")[0] ?? "";
  return literal.slice(0, literal.lastIndexOf("/") + 1);
}

function unescape(text: string): string {
  return text.replaceAll(ESCAPE, (_all, code: string | undefined, other: string | undefined) => {
    if (code === undefined) return other === "\n" ? "" : (other ?? "");
    const point = Number.parseInt(code.replaceAll(/[^0-9a-f]/gi, ""), 16);
    return point <= 0x10_ff_ff ? String.fromCodePoint(point) : "";
  });
}

const ESCAPE = /\\(?:(x[0-9a-f]{2}|u[0-9a-f]{4}|u\{[0-9a-f]+\})|([^]))/gi;

function startsOfLines(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

function placeOf(
  { index, 0: text }: RegExpExecArray,
  lineStarts: readonly number[],
): Omit<ModuleImport, "specifier" | "parts"> {
  const line = lineAt(index, lineStarts);
  const column = index - (lineStarts[line - 1] ?? 0) + 1;
  return { deferred: true, line, column, endLine: line, endColumn: column + text.length };
}

/** The number of the last line that starts at or before an offset. */
function lineAt(offset: number, lineStarts: readonly number[]): number {
  let low = 0;
  let high = lineStarts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

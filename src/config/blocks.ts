/** One entry of `jobs:`, cut out of the file by its lines. */
export interface JobBlock {
  text: string;
  /** Offset of `text` in the file. */
  start: number;
  /** Offset of the job's key in `text`. */
  indent: number;
}

/** A file cut at its job entries. */
export interface SplitConfig {
  /** The file without the entries of `jobs:`. */
  skeleton: string;
  /** Offset of the key `jobs`, in the file and in the skeleton. */
  jobsAt: number;
  /** Where the entries stood in the skeleton, and how long they were. */
  cut: { at: number; length: number };
  blocks: JobBlock[];
  /** Whether lines were met that no well-formed file has; the cut may then not be the true one. */
  irregular: boolean;
}

/**
 * Cuts a file at the entries of a block-style `jobs:`, without parsing; null for a file that has
 * no such place. Each piece can then be parsed by itself, which is faster than the whole, lets an
 * unchanged entry be reused, and keeps a syntax error in one job from hiding mistakes in others.
 *
 * The cut is safe because YAML wants every line of an entry's value deeper than its key: a line at
 * the key's own depth is the next entry, whatever came before it. Pieces that all parse alone,
 * without anchors, hence mean the same as the whole; the caller falls back when one does not.
 */
export function splitJobs(text: string): SplitConfig | null {
  const heads = [...text.matchAll(/^jobs:[ \t]*(?:#[^\n]*)?\r?\n/gm)];
  const head = heads[0];
  if (head === undefined || heads.length > 1) return null;
  const from = head.index + head[0].length;
  const entries = cutEntries(text, from);
  if (entries === null) return null;
  return {
    skeleton: text.slice(0, from) + text.slice(entries.end),
    jobsAt: head.index,
    cut: { at: from, length: entries.end - from },
    blocks: entries.blocks,
    irregular: entries.irregular,
  };
}

function cutEntries(
  text: string,
  from: number,
): { blocks: JobBlock[]; end: number; irregular: boolean } | null {
  let indent = 0;
  let end = text.length;
  let irregular = false;
  const starts: number[] = [];
  for (let at = from; at < text.length; at = nextLine(text, at)) {
    const first = skipSpaces(text, at);
    const depth = first - at;
    const kind = lineKind(text, first);
    if (kind === "empty") continue;
    if (kind === "tab") {
      irregular = true;
    } else if (depth === 0) {
      end = at;
      break;
    } else if (indent === 0 || depth === indent) {
      indent = depth;
      starts.push(at);
    } else if (depth < indent) {
      irregular = true;
    }
  }
  if (starts.length === 0) return null;
  const blocks = starts.map((at, index) => {
    // Comments above the first entry belong to it, so that the pieces leave no gap.
    const start = index === 0 ? from : at;
    return {
      text: text.slice(start, starts[index + 1] ?? end),
      start,
      indent: at - start + indent,
    };
  });
  return { blocks, end, irregular };
}

function lineKind(text: string, first: number): "empty" | "tab" | "content" {
  const character = text[first];
  if (character === "\t") return "tab";
  const empty =
    character === undefined || character === "\n" || character === "\r" || character === "#";
  return empty ? "empty" : "content";
}

function skipSpaces(text: string, at: number): number {
  let first = at;
  while (text.charCodeAt(first) === 32) first += 1;
  return first;
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end + 1;
}

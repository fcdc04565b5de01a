import { OUTPUT_SHAPES } from "./output-shapes.generated.ts";

/** One command as its help knows it. */
export interface CommandFacts {
  /** Its words: `jobs run`. */
  name: string;
  /** `cronverge jobs run [options] [names...]` */
  usage: string;
  description: string;
  options: { flags: string; description: string; default: string | null; choices: string[] }[];
  /** What its help says beside. */
  notes: string;
}

/** The commands in Markdown: what each does, takes and prints with `--json`. */
export function renderCommandReference(
  commands: readonly CommandFacts[],
  { heading }: { heading: "##" | "###" },
): string {
  return commands.map((command) => renderCommand(command, heading)).join("\n");
}

function renderCommand(command: CommandFacts, heading: string): string {
  const { name, usage, description, options, notes } = command;
  const parts = [
    `${heading} ${name}\n`,
    `${sentence(description)}\n`,
    `\`\`\`sh\n${usage}\n\`\`\`\n`,
    optionsTable(options),
    notes === "" ? "" : `\`\`\`text\n${notes}\n\`\`\`\n`,
    outputText(name),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function optionsTable(options: CommandFacts["options"]): string {
  if (options.length === 0) return "";
  const rows = options.map(({ flags, description, default: fallback, choices }) => {
    const more = [
      ...(choices.length > 0 ? [`one of ${choices.map(code).join(", ")}`] : []),
      ...(fallback === null ? [] : [`default ${code(fallback)}`]),
    ];
    return `| ${code(flags)} | ${cell([description, ...more].join("; "))} |`;
  });
  return `${["| option | meaning |", "| --- | --- |", ...rows].join("\n")}\n`;
}

function outputText(name: string): string {
  const shape = OUTPUT_SHAPES[name];
  if (shape === undefined) return "";
  const fields = shape.data === "" ? "" : `; \`data\`: \`${shape.data}\``;
  return `With \`--json\`: \`artifact_type\` ${oneOf(shape.artifactType)}, title ${oneOf(shape.title)}${fields}.\n`;
}

function oneOf(words: string): string {
  return words.split(" | ").map(code).join(" or ");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function code(text: string): string {
  return `\`${cell(text)}\``;
}

/** A bar would begin another cell. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

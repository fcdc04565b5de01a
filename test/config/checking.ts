import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { toDesired } from "../../src/config/desired.ts";
import { limitFindings } from "../../src/config/limit.ts";
import { checkMeaning } from "../../src/config/meaning.ts";
import { parseConfig } from "../../src/config/parse.ts";
import { checkShape } from "../../src/config/shape.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import type { DesiredState } from "../../src/model/job.ts";
import { NOTHING_DECLARED, type PluginFacts } from "../../src/model/plugin.ts";

/** The passes over one text, as `source/load.ts` joins them, with a world of the test's making. */
export function check(
  text: string,
  options: { plugins?: PluginFacts[]; outside?: string[]; missing?: string[]; nowMs?: number } = {},
): Diagnostic[] {
  const {
    plugins = [],
    outside = [],
    missing = [],
    nowMs = Date.parse("2026-06-01T00:00:00Z"),
  } = options;
  const parsed = parseConfig(text, { file: "config.yaml" });
  const diagnostics = [...parsed.diagnostics];
  if (parsed.value !== null) {
    const { findings, config, removed } = checkShape(parsed.value);
    const world = {
      nowMs,
      pluginNames: plugins.map(({ plugin }) => plugin),
      pluginDirectory: "services/scheduler/plugins",
      plugins: new Map(plugins.map((facts) => [facts.plugin, facts])),
      outside: new Set(outside),
      missingScripts: new Set(missing),
    };
    if (config !== null) {
      findings.push(...limitFindings(checkMeaning(config, { world, removed })));
    }
    diagnostics.push(...parsed.place(findings));
  }
  return diagnostics.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** What a config without errors wants. */
export function desire(text: string, plugins: PluginFacts[] = []): DesiredState {
  assert.deepEqual(
    check(text, { plugins }).filter(({ severity }) => severity === "error"),
    [],
  );
  const parsed = parseConfig(text, { file: "config.yaml" });
  const { config } = checkShape(parsed.value ?? {});
  assert.ok(config);
  return toDesired(config, {
    world: {
      nowMs: 0,
      pluginNames: plugins.map((facts) => facts.plugin),
      pluginDirectory: "/project/plugins",
      plugins: new Map(plugins.map((facts) => [facts.plugin, facts])),
      outside: new Set(),
      missingScripts: new Set(),
    },
    pluginDir: "/project/plugins",
    file: "config.yaml",
    placeOfJob: (name) => parsed.placeOfJob(name),
    hash: (source) => createHash("sha256").update(source).digest("hex"),
  });
}

/** `line:column rule`, with a leading `warning ` for warnings. */
export function summary(diagnostics: Diagnostic[]): string[] {
  return diagnostics.map(({ severity, rule, line, column }) => {
    return `${severity === "warning" ? "warning " : ""}${line}:${column} ${rule}`;
  });
}

/** A plugin file that exports a function and says nothing of itself. */
export function plugin(name: string, facts: Partial<PluginFacts> = {}): PluginFacts {
  return {
    plugin: name,
    file: `/plugins/${name}.ts`,
    exports: ["default"],
    declared: NOTHING_DECLARED,
    declaredExports: {},
    imports: [],
    diagnostics: [],
    ...facts,
  };
}

/** Plugins that the corpus names. */
export const PLUGINS: PluginFacts[] = [
  plugin("p"),
  plugin("named", {
    declared: { name: "other", description: null, schedule: null, enabled: null },
  }),
];

/** Bad configs, each with all that is wrong in it: `[what it shows, text, findings]`. */
export type Corpus = [name: string, text: string, findings: string[]][];

/**
 * One test for each entry. `command: x` is the shortest job that can be written, so what the lint
 * says of a command that is a text is left out where the entry is not about it.
 */
export function testCorpus(corpus: Corpus): void {
  for (const [name, text, findings] of corpus) {
    test(`bad config: ${name}`, () => {
      const found = check(text, { plugins: PLUGINS, outside: ["link"] });
      const isAbout = findings.some((finding) => finding.endsWith("command/shell-string"));
      const counted = found.filter(({ rule }) => isAbout || rule !== "command/shell-string");
      assert.deepEqual(summary(counted), findings);
    });
  }
}

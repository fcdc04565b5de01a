import { VERSION } from "../model/version.ts";
import type { Finding } from "./finding.ts";
import { findingText } from "./finding.ts";
import { jsonText } from "./json-text.ts";
import { planFindings } from "./plan-findings.ts";
import type { ReportOptions, Subject } from "./report-subject.ts";
import { describeRule } from "./rule-descriptions.ts";

/** The report as SARIF 2.1.0, which code hosts show as alerts. */
export function reportSarif(subject: Subject, options: ReportOptions): string {
  const plan = subject.command === "plan" ? subject.plan : null;
  const found = [
    ...(plan === null ? [] : planFindings(plan, options.file)),
    ...options.diagnostics,
  ];
  const rules = [...new Set(found.map(({ rule }) => rule))].sort();
  const seen = new Map<string, number>();
  const results = found.map((finding) => ({
    ruleId: finding.rule,
    ruleIndex: rules.indexOf(finding.rule),
    level: finding.severity,
    message: { text: messageText(finding) },
    locations: [{ physicalLocation: physicalLocation(finding, options.pathOf) }],
    partialFingerprints: { primaryLocationLineHash: fingerprint(finding, seen, options.pathOf) },
  }));
  const run = {
    tool: { driver: { name: "Cronverge", version: VERSION, rules: rules.map(ruleOf) } },
    automationDetails: { id: `cronverge/${subject.command}/` },
    columnKind: "utf16CodeUnits",
    results,
  };
  return jsonText({ $schema: SCHEMA, version: "2.1.0", runs: [run] });
}

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";

function ruleOf(rule: string): object {
  return { id: rule, shortDescription: { text: describeRule(rule) } };
}

/** SARIF reads `[text](target)` in a message as a link, which no text of a user may become. */
function messageText(finding: Finding): string {
  return findingText(finding).replaceAll("](", "] (");
}

function physicalLocation(
  { file, line, column, endLine, endColumn }: Finding,
  pathOf: ReportOptions["pathOf"],
): object {
  return {
    artifactLocation: artifactLocation(pathOf(file)),
    region: { startLine: line, startColumn: column, endLine, endColumn },
  };
}

function artifactLocation(path: string): { uri: string; uriBaseId?: string } {
  const uri = path.toWellFormed().split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? { uri: `file://${uri}` } : { uri, uriBaseId: "%SRCROOT%" };
}

/**
 * What keeps an alert the same while lines come and go above it: the rule, the file and the message,
 * and for equal ones their order. It is not a hash of the line, which may hold a credential.
 */
function fingerprint(
  { rule, message, file }: Finding,
  seen: Map<string, number>,
  pathOf: ReportOptions["pathOf"],
): string {
  const text = [rule, pathOf(file), message.replace(/\b(lines?) \d+/g, "$1")].join("\n");
  const count = (seen.get(text) ?? 0) + 1;
  seen.set(text, count);
  return `${fnv1a(text)}:${count}`;
}

/** FNV-1a of 64 bits over UTF-16 units; it tells texts apart and keeps nothing secret. */
function fnv1a(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let index = 0; index < text.length; index += 1) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}

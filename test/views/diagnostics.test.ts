import { test } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import { loadConfig } from "../../src/source/load.ts";
import { renderDiagnostics } from "../../src/views/diagnostics.ts";
import { check } from "../config/checking.ts";
import { assertGolden, plain } from "../helpers/golden.ts";

function render(text: string, diagnostics: Diagnostic[] = check(text)): string {
  return renderDiagnostics(diagnostics, {
    sources: new Map([["config.yaml", text]]),
    color: plain,
  });
}

test("ten mistakes as a person sees them", async () => {
  const loaded = await loadConfig({
    configFile: fileURLToPath(new URL("../source/ten-mistakes/config.yaml", import.meta.url)),
    displayName: "services/scheduler/config.yaml",
    nowMs: 0,
  });
  const { diagnostics, sources } = loaded;
  assertGolden("check-ten-mistakes.txt", renderDiagnostics(diagnostics, { sources, color: plain }));
});

test("carets stand under characters that fill two columns, or are shown escaped", () => {
  assertGolden(
    "check-columns.txt",
    render(
      [
        "jobs:",
        '  a: {description: "日報 😀", comand: x}',
        '  b: {description: "\u001b[31m red \u202e", comand: x}',
        '  c: {description: "e\u0301", comand: x}',
        `  d: {description: "${"x".repeat(250)}", comand: x}`,
      ].join("\n"),
    ),
  );
});

test("a credential is not shown by the lines that warn of it, nor by those around", () => {
  const text =
    'jobs:\n  a:\n    command: [x]\n    env:\n      API_TOKEN: "s3cret-value"\n      timout: {envv: x}\n';
  const shown = render(text);
  assert.doesNotMatch(shown, /s3cret/);
  assertGolden("check-credential.txt", shown);
});

test("styles wrap the parts, and leave the text the same", () => {
  const text = "jobs:\n  a: {comand: x}\n";
  const styled = renderDiagnostics(check(text), {
    sources: new Map([["config.yaml", text]]),
    color: (style, inner) => `<${style}>${inner}</${style}>`,
  });
  assert.match(styled, /<bold>config\.yaml:2:7<\/bold> {2}<error>error<\/error>/);
  assert.equal(styled.replaceAll(/<\/?[a-z]+>/g, ""), render(text));
});

test("a file whose text is not at hand is named, and nothing found is nothing shown", () => {
  const shown = renderDiagnostics(check("jobs: 5\n"), { sources: new Map(), color: plain });
  assert.equal(
    shown,
    "config.yaml:1:7  error  config/type\n  `jobs` must be a mapping, not 5\n\n1 error\n",
  );
  assert.equal(renderDiagnostics([], { sources: new Map(), color: plain }), "");
});

test("the count tells errors from warnings", () => {
  const text =
    'jobs:\n  a: {command: [x], schedule: "0 0 1 * 1"}\n  b: {command: [x], timout: 1s}\n  c: {}\n';
  assert.match(render(text), /\n2 errors, 1 warning\n$/);
});

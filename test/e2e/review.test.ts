import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { review } from "../../src/cli/review.ts";
import { diagnosticPaint } from "../../src/views/diagnostic-paint.ts";
import { renderDiagnostics } from "../../src/views/diagnostics.ts";
import { jsonText } from "../../src/views/json-text.ts";
import { maskPlan } from "../../src/views/mask.ts";
import { renderPlan } from "../../src/views/plan.ts";
import { reportPlan } from "../../src/views/report.ts";
import { assertGolden, plain } from "../helpers/golden.ts";
import { testRepository } from "../helpers/repository.ts";
import { CONFIG, FIRST, FIRST_FILES, HIDDEN_CODE, STEPS } from "./review-history.ts";

/** A Saturday, a little before noon in London. */
const NOW_MS = Date.parse("2026-11-21T11:50:00.000Z");
const HORIZON_MS = 30 * 86_400_000;

test("what a pull request shows, for each kind of change that goes wrong", async (t) => {
  const repository = await testRepository(t);
  for (const [name, text] of Object.entries(FIRST_FILES)) await repository.write(name, text);
  await repository.write(CONFIG, FIRST);
  repository.commit("The schedule as it is");
  for (const { name, subject, change } of STEPS) {
    await t.test(subject, async () => {
      const before = repository.git("show", `HEAD:${CONFIG}`);
      const text = await change(repository, before);
      await repository.write(CONFIG, text);
      repository.commit(subject);
      const { plan, diagnostics, loaded } = await review(join(repository.root, CONFIG), {
        from: "HEAD~1",
        to: "HEAD",
        displayName: CONFIG,
        nowMs: NOW_MS,
        horizonMs: HORIZON_MS,
        allowPrune: false,
      });
      const { sources } = loaded;
      const human =
        plan === null
          ? renderDiagnostics(diagnostics, { sources, color: diagnosticPaint(plain) })
          : renderPlan(plan, { color: plain });
      assertGolden(`review/${name}.txt`, human);
      const found = { diagnostics, sources, file: CONFIG, pathOf: (file: string) => file };
      const markdown = reportPlan(plan, { ...found, reporter: "markdown" });
      assertGolden(`review/${name}.md`, markdown);
      const github = reportPlan(plan, { ...found, reporter: "github" });
      const sarif = reportPlan(plan, { ...found, reporter: "sarif" });
      const json = plan === null ? "" : jsonText(maskPlan(plan));
      for (const shown of [human, markdown, github, sarif, json]) {
        assert.ok(!shown.includes("hunter2"), "no credential is shown");
        if (text.includes(HIDDEN_CODE)) assert.ok(shown.includes(HIDDEN_CODE), "code that runs is");
      }
    });
  }
});

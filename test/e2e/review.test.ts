import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { review } from "../../src/cli/review.ts";
import { diagnosticPaint } from "../../src/views/diagnostic-paint.ts";
import { renderDiagnostics } from "../../src/views/diagnostics.ts";
import { renderPlan } from "../../src/views/plan.ts";
import { reportPlan } from "../../src/views/report.ts";
import { assertGolden, plain } from "../helpers/golden.ts";
import { testRepository } from "../helpers/repository.ts";
import { CONFIG, FIRST, FIRST_FILES, STEPS } from "./review-history.ts";

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
      const reporter = {
        reporter: "markdown",
        file: CONFIG,
        pathOf: (file: string) => file,
      } as const;
      const markdown = reportPlan(plan, { ...reporter, diagnostics, sources });
      assertGolden(`review/${name}.md`, markdown);
      for (const shown of [human, markdown, JSON.stringify(plan && human)]) {
        assert.ok(!shown.includes("hunter2"), "no credential is shown");
      }
    });
  }
});

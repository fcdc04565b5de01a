import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";

/** Compares with `test/golden/NAME`; with GOLDEN=write it is written instead, to be reviewed. */
export function assertGolden(name: string, text: string): void {
  const file = new URL(`../golden/${name}`, import.meta.url);
  if (process.env["GOLDEN"] === "write") writeFileSync(file, text);
  assert.equal(text, readFileSync(file, "utf8"));
}

/** Styles as tags, so that a golden file shows them. */
export function tagged(style: string, text: string): string {
  return `<${style}>${text}</${style}>`;
}

/** No styles. */
export function plain(_style: string, text: string): string {
  return text;
}

// Loaded before the program: its wall clock runs by as many ms apart as the file TORTURE_CLOCK says,
// while its monotonic clock and its timers go on, as when somebody sets the clock of a machine.
import { readFileSync } from "node:fs";

const TrueDate = Date;
const file = process.env["TORTURE_CLOCK"] ?? "";
let byMs = 0;

setInterval(() => {
  try {
    byMs = Number(readFileSync(file, "utf8")) || 0;
  } catch {}
}, 100).unref();

const now = (): number => TrueDate.now() + byMs;

globalThis.Date = new Proxy(TrueDate, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
  apply: () => new TrueDate(now()).toString(),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});

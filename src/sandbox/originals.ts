import process from "node:process";

/**
 * What our own code uses of the language and of Node once job code runs in the same process, taken
 * before that is loaded: a job may replace any of it, in a polyfill, for a test or by mistake, and
 * its result is still to be told as it was meant.
 */
export const fromJson: typeof JSON.parse = JSON.parse;
export const toJson: typeof JSON.stringify = JSON.stringify;
export const apply: typeof Reflect.apply = Reflect.apply;
export const construct: typeof Reflect.construct = Reflect.construct;
export const get: typeof Reflect.get = Reflect.get;
export const startTimer: typeof setTimeout = setTimeout;

/** Milliseconds since 1970. */
export const wallClockMs: () => number = Date.now.bind(Date);

/** Milliseconds of the monotonic clock. */
export const monotonicMs: () => number = performance.now.bind(performance);

export const exitProcess: (code: number) => void = process.exit.bind(process);

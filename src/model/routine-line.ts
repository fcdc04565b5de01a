/** What the log says of a run that succeeded and had nothing to tell: the most frequent line there is. */
export const ROUTINE_LINE = "Job succeeded";

/** What `complete` does. */
export const DESCRIPTION: string =
  "print what a shell needs to complete commands, options and job names";

/** Those that there is a script for. */
export const SHELLS: readonly string[] = ["bash", "zsh", "fish", "powershell"];

/** Why no job is given a variable: it makes programs run other code, or it is the scheduler's own. */
export type VariableRefusal = "changes_programs" | "own";

/** Null: a job may be given a variable of this name. */
export function variableRefusal(name: string): VariableRefusal | null {
  if (name.startsWith("CRONVERGE_")) return "own";
  return CHANGES_PROGRAMS.test(name) ? "changes_programs" : null;
}

/**
 * Variables that change what a program is, rather than tell it something: they would undo the
 * limits of a job, or run code in it.
 */
const CHANGES_PROGRAMS =
  /^(?:NODE_(?:OPTIONS|PATH|EXTRA_CA_CERTS|REPL_.*|V8_.*|CHANNEL_.*)|LD_.*|DYLD_.*|BASH_ENV|ENV|BASH_FUNC_.*|SHELLOPTS|IFS|PYTHON.*|PERL5?(?:OPT|LIB|DB)|RUBY(?:OPT|LIB)|GIT_.*|GCONV_PATH|OPENSSL_(?:CONF|MODULES|ENGINES))$/;

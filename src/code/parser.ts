import { Parser } from "acorn";

/**
 * acorn, but with the names of a scope looked up in a table: it looks through lists of them, so that
 * a megabyte of declarations, as a generated file may have, would take it minutes.
 */
export const ModuleParser: typeof Parser = Parser.extend((Base) => {
  const Faster = class extends Base {};
  const prototype: unknown = Faster.prototype;
  // Another version of acorn may keep its scopes in another way: it is then slow, but right.
  if (!keepsScopes(prototype)) return Faster;
  const enterScope = prototype.enterScope;
  prototype.enterScope = function (flags) {
    enterScope.call(this, flags);
    Object.assign(this.currentScope(), {
      var: new Names(),
      lexical: new Names(),
      functions: new Names(),
    });
  };
  return Faster;
});

interface ScopeKeeper {
  enterScope: (this: ScopeKeeper, flags: number) => void;
  currentScope(): object;
}

function keepsScopes(prototype: unknown): prototype is ScopeKeeper {
  return (
    typeof prototype === "object" &&
    prototype !== null &&
    "enterScope" in prototype &&
    typeof prototype.enterScope === "function" &&
    "currentScope" in prototype
  );
}

/** Few names are found faster without a table. */
const FEW = 32;

class Names extends Array<string> {
  #places: Map<string, number> | null = null;

  override push(...names: string[]): number {
    for (const name of names) {
      this.#note(name, this.length);
      super.push(name);
    }
    return this.length;
  }

  override indexOf(name: string): number {
    if (this.length <= FEW) return super.indexOf(name);
    this.#places ??= new Map([...this.entries()].reverse().map(([place, one]) => [one, place]));
    return this.#places.get(name) ?? -1;
  }

  #note(name: string, place: number): void {
    if (this.#places !== null && !this.#places.has(name)) this.#places.set(name, place);
  }
}

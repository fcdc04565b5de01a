import type { JsonValue } from "./json.ts";
import { isTexts } from "./json.ts";

/** One parameter of a built-in job, as the config file may give it. */
export type BuiltinParameter = NumberParameter | TextsParameter;

/** A whole number, or with `fractions` any number, from `minimum` to `maximum`. */
export interface NumberParameter {
  kind: "number";
  description: string;
  default: number;
  minimum: number;
  maximum: number;
  fractions?: true;
}

/** A list of texts, each of which `pattern` describes. */
export interface TextsParameter {
  kind: "texts";
  description: string;
  default: readonly string[];
  pattern: RegExp;
  /** What a text must be, after "each of them": "two capital letters". */
  each: string;
}

/** No list is meant to be longer: it goes into each statement. */
const MOST_TEXTS = 1_000;

/** What is wrong with a value, after the name of the parameter: "must be …"; null: nothing. */
export function parameterMistake(value: JsonValue, parameter: BuiltinParameter): string | null {
  return parameter.kind === "number"
    ? numberMistake(value, parameter)
    : textsMistake(value, parameter);
}

function numberMistake(
  value: JsonValue,
  { minimum, maximum, fractions }: NumberParameter,
): string | null {
  const fits =
    typeof value === "number" &&
    value >= minimum &&
    value <= maximum &&
    (fractions === true || Number.isInteger(value));
  const what = fractions === true ? "a number" : "a whole number";
  return fits ? null : `must be ${what} from ${minimum} to ${maximum}`;
}

function textsMistake(value: JsonValue, { pattern, each }: TextsParameter): string | null {
  if (!isTexts(value)) return `must be a list of texts, each of them ${each}`;
  if (value.length > MOST_TEXTS) return `must be a list of at most ${MOST_TEXTS} texts`;
  const wrong = value.find((text) => !pattern.test(text));
  return wrong === undefined ? null : `must be a list of texts, each of them ${each}`;
}

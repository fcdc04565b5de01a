/** A program breaks base64 into lines of so many characters. */
const BASE64_LINES = [64, 76];

/** Shorter parts of an encoded value may be anything. */
const MIN_PART = 6;

/** How a value may stand in output: as it is, in JSON, in a URL or a form, as base64 or hexadecimal. */
export function spellingsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString("hex");
  return [
    value,
    ...jsonSpellings(value),
    ...urlSpellings(value),
    ...base64Spellings(bytes),
    hex,
    hex.toUpperCase(),
  ].filter((spelling) => spelling.length >= MIN_PART);
}

/** What stands between the quotes; some writers escape slashes too, or all that is not ASCII. */
function jsonSpellings(value: string): string[] {
  const text = JSON.stringify(value).slice(1, -1);
  const ascii = text.replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  // A text in JSON in a text in JSON: what a log line about a request is.
  const twice = JSON.stringify(text).slice(1, -1);
  return [text, ascii, text.replaceAll("/", "\\/"), twice];
}

function urlSpellings(value: string): string[] {
  const encoded = encodeURIComponent(value.toWellFormed());
  const strict = encoded.replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const form = new URLSearchParams([["", value]]).toString().slice(1);
  const forms = [encoded, strict, form, encodeURI(value.toWellFormed())];
  return [...forms, ...forms.map((text) => text.replaceAll("%20", "+"))].flatMap((text) => [
    text,
    text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  ]);
}

/**
 * Alone, and as a part of something longer, as `user:password` is: of that, the characters that the
 * value alone decides, for each place that it may have among three bytes.
 */
function base64Spellings(bytes: Buffer): string[] {
  const whole = bytes.toString("base64");
  const parts = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const broken = BASE64_LINES.flatMap((width) =>
    whole.length > width ? (whole.match(new RegExp(`.{16,${width}}`, "g")) ?? []) : [],
  );
  return [whole, ...parts, ...broken].flatMap((text) => [
    text,
    text.replaceAll("+", "-").replaceAll("/", "_"),
  ]);
}

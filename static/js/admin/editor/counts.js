/** How long a text is and what it costs, in words. Pure. */

const ANSWERS = 1000;

/** @param {number} number @param {string} noun */
const some = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

/** @param {number} dollars */
const money = (dollars) => `$${dollars.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: dollars < 1 ? 4 : 2 })}`;

/** @param {string} text @param {number} dollars that a token costs; 0 where that isn't known */
export function counts(text, dollars) {
  const characters = Array.from(text).length;
  const words = text.match(/\S+/gu)?.length ?? 0;
  const tokens = Math.ceil(new TextEncoder().encode(text).length / 4);
  const counted = [some(characters, "character"), some(words, "word"), `about ${some(tokens, "token")}`];
  if (dollars && tokens) counted.push(`about ${money(tokens * dollars * ANSWERS)} for ${ANSWERS.toLocaleString("en")} answers`);
  const without = /\{\{[ \t]*>/.test(text) ? ", without what its fragments say" : "";
  return counted.join(" · ") + without;
}

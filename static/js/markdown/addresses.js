import { Tokenizer } from "marked";

/**
 * Addresses without any sign around them. In Chinese and Japanese no space follows them: they end before the next full-width sign, and
 * before letters that follow a host (but letters in a path belong to it).
 */

const SIGN =
  /[\u3000-\u3004\u3008-\u3020\u3030\u303d\ufe10-\ufe19\ufe30-\ufe6b\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffe6“”‘’„«»‹›…—]/;
const HOST = /^(?:[a-z]+:\/\/|www\.)[a-z\d.-]+(?::\d+)?(?=[^\x00-\x7f])/i;
const ADDRESS = /^(?:https?:\/\/|ftp:\/\/|www\.)[^\s<]*/i;

export const addressTokenizer = {
  /** @this {Tokenizer} @param {string} source @returns {any} */
  url(source) {
    const address = ADDRESS.exec(source)?.[0];
    const end = address ? (HOST.exec(address)?.[0].length ?? address.search(SIGN)) : -1;
    return Tokenizer.prototype.url.call(this, end < 0 ? source : source.slice(0, end));
  },
};

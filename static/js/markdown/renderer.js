/**
 * Where our HTML differs from marked's: what the purifier and the finishing touches expect.
 *
 * @type {import("marked").RendererObject}
 */
export const renderer = {
  // An answer stands below the page's own headings, so it starts at the third level.
  heading({ tokens, depth }) {
    const level = depth > 3 ? 4 : 3;
    return `<h${level} data-depth="${depth}">${this.parser.parseInline(tokens)}</h${level}>\n`;
  },

  code({ text, lang, raw }) {
    const language = /^[\w+#.-]{1,30}/.exec(lang ?? "")?.[0] ?? "";
    const fence = /^ {0,3}(`{3,}|~{3,})/.exec(raw)?.[1];
    const open = fence !== undefined && !new RegExp(`\\n {0,3}${fence}[\`~]* *\\n*$`).test(raw);
    return `<pre data-language="${language}"${open ? ' data-open="true"' : ""}><code>${escapeHtml(text.replace(/\n$/, ""))}</code></pre>\n`;
  },

  /** Pictures are never loaded by themselves: fetching one tells its server who reads what, and when. */
  image({ href, text }) {
    return `<span data-picture="${escapeHtml(href)}">${escapeHtml(text)}</span>`;
  },

  checkbox({ checked }) {
    return `<span data-task="${checked ? "done" : "open"}"></span> `;
  },

  /** marked leaves text as it is behind a <kbd> or <code> tag; here it is text everywhere. */
  text(token) {
    return "tokens" in token && token.tokens ? this.parser.parseInline(token.tokens) : escapeText(token.text);
  },

  /** HTML in an answer is shown as it was written. */
  html({ text }) {
    return escapeHtml(text);
  },
};

const ENTITIES = /** @type {Record<string, string>} */ ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" });

/** As escapeHtml, but for character references, which Markdown resolves. @param {string} text */
function escapeText(text) {
  return text.replace(/[<>"]|&(?!(?:#\d{1,7}|#x[\da-f]{1,6}|\w+);)/gi, (sign) => ENTITIES[sign] ?? sign);
}

/** @param {string} text */
function escapeHtml(text) {
  return text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign);
}

/** The languages that the highlighter knows: each has a file of its own, which comes with the first code in it. */

/** By the name of its file: what else a language is called behind a fence. */
const ALIASES = /** @type {Record<string, string>} */ ({
  bash: "sh zsh",
  c: "h",
  cpp: "cc c++ h++ hpp hh hxx cxx",
  csharp: "cs c#",
  css: "",
  diff: "patch",
  go: "golang",
  graphql: "gql",
  ini: "toml",
  java: "jsp",
  javascript: "js jsx mjs cjs",
  json: "jsonc json5",
  kotlin: "kt kts ktm ktx",
  less: "",
  lua: "pluto",
  makefile: "mk mak make",
  markdown: "md mkdown mkd",
  objectivec: "mm objc obj-c obj-c++ objective-c++",
  perl: "pl pm",
  php: "",
  "php-template": "",
  python: "py gyp ipython",
  "python-repl": "pycon",
  r: "",
  ruby: "rb gemspec podspec thor irb",
  rust: "rs",
  scss: "",
  shell: "console shellsession",
  sql: "",
  swift: "",
  typescript: "ts tsx mts cts",
  vbnet: "vb",
  wasm: "",
  xml: "html xhtml rss atom xjb xsd xsl plist wsf svg",
  yaml: "yml",
});

const IN_SCRIPTS = /** @type {const} */ ([
  [/html`|<[a-z>]/i, "xml"],
  [/css`/, "css"],
  [/gql`/, "graphql"],
]);
/** By language: in which code others are found, and which. */
const EMBEDDED = /** @type {Record<string, readonly (readonly [RegExp, string])[]>} */ ({
  javascript: IN_SCRIPTS,
  markdown: [[/</, "xml"]],
  "php-template": [
    [/</, "xml"],
    [/<\?/, "php"],
  ],
  "python-repl": [[/>>>/, "python"]],
  shell: [[/[$#%>]/, "bash"]],
  typescript: IN_SCRIPTS,
  xml: [
    [/<style/i, "css"],
    [/<script/i, "javascript"],
  ],
  yaml: [[/<%/, "ruby"]],
});

/** @type {Map<string, string>} */
const names = new Map(
  Object.entries(ALIASES).flatMap(([name, aliases]) => [name, ...aliases.split(" ").filter(Boolean)].map((one) => [one, name])),
);

/** The languages that are needed to highlight `source`; none where its own isn't known. @param {string} language @param {string} source */
export function grammarsFor(language, source) {
  const name = names.get(language.toLowerCase());
  /** @type {Set<string>} */
  const needed = new Set(name && [name]);
  for (const one of needed) for (const [sign, embedded] of EMBEDDED[one] ?? []) if (sign.test(source)) needed.add(embedded); // which a Set goes on with
  return needed;
}

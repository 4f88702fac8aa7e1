/** As much of highlight.js as the pages use; its browser build comes without types. */
declare const highlighter: {
  registerLanguage(name: string, grammar: unknown): void;
  highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { value: string };
};
export default highlighter;

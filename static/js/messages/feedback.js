import { announce, element } from "dom";

/**
 * Feedback on an answer: the thumb is saved at once, and a small form below the answer takes tags and words with it.
 *
 * @typedef {import("protocol").Feedback} Feedback
 * @typedef {import("page").Message} Message
 * @typedef {(message: Message, feedback: Feedback | null) => Promise<boolean>} Give  whether it was saved
 */

/** @type {Record<import("protocol").FeedbackTag, string>} */
const TAGS = { wrong: "Wrong", not_helpful: "Not helpful", too_long: "Too long", refused: "Refused", unsafe: "Unsafe" };
const MAX_LENGTH = 2000;

/**
 * A thumb was pressed. The one that is given already opens the form only.
 *
 * @param {Give} give
 * @param {Message} message
 * @param {Feedback["thumb"]} thumb
 * @param {HTMLElement} article where the answer is shown
 */
export async function press(give, message, thumb, article) {
  article.querySelector(".feedback")?.remove();
  if (message.feedback?.thumb !== thumb) {
    if (!(await give(message, { thumb, tags: [], words: message.feedback?.words ?? "" }))) return;
    announce(thumb === "up" ? "Saved: a good answer." : "Saved: a bad answer.");
  }
  if (article.isConnected && message.feedback) openForm(give, message, message.feedback, article);
}

/** @param {Give} give @param {Message} message @param {Feedback} given @param {HTMLElement} article */
function openForm(give, message, { thumb, tags, words }, article) {
  const label = thumb === "up" ? "What was good about it?" : "What was wrong with it?";
  const chosen = element("div", { class: "tags", role: "group", "aria-label": "Tags" });
  for (const [tag, name] of thumb === "down" ? Object.entries(TAGS) : []) {
    const box = element("input", { type: "checkbox", value: tag, checked: tags.some((one) => one === tag) });
    chosen.append(element("label", {}, box, name));
  }
  const field = element("textarea", {
    rows: "2",
    dir: "auto",
    maxlength: String(MAX_LENGTH),
    "aria-label": "In your words",
    placeholder: "In your words (optional)",
  });
  field.value = words;
  const takeBack = element("button", { type: "button", class: "button" }, "Take back");
  const close = element("button", { type: "button", class: "button" }, "Close");
  const bar = element("div", { class: "bar" }, takeBack, close, element("button", { class: "button primary" }, "Send"));
  const title = element("strong", {}, label);
  const form = element("form", { class: "editing feedback", tabindex: "-1", "aria-label": label }, title, chosen, field, bar);

  const end = () => {
    form.remove();
    article.classList.remove("open");
    /** @type {HTMLElement | null} */ (article.querySelector(`[data-action="thumb-${thumb}"]`))?.focus({ preventScroll: true });
  };
  /** @param {Feedback | null} feedback @param {string} said */
  const save = async (feedback, said) => {
    if (!(await give(message, feedback))) return;
    announce(said);
    end();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (chosen.querySelectorAll("input:checked"));
    const marked = /** @type {import("protocol").FeedbackTag[]} */ ([...boxes].map((box) => box.value));
    void save({ thumb, tags: marked, words: field.value.trim() }, "Thank you. Your feedback is saved.");
  });
  takeBack.addEventListener("click", () => void save(null, "Your feedback was taken back."));
  close.addEventListener("click", end);
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    end();
  });
  article.append(form);
  article.classList.add("open"); // its buttons stay in sight with the form
  form.focus({ preventScroll: true }); // not the field, which would bring up a phone's keyboard
  form.scrollIntoView({ block: "nearest" });
}

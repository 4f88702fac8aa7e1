import { find } from "dom";

/** How files come to a message: picked with the button, pasted, or dropped anywhere on the page. What offers and shows that is loaded with the first. */

export const UNREACHABLE_FOR_FILES = "The server can’t be reached just now. Attach the file again when it is back.";

/** @param {{onfiles: (files: File[]) => void, onproblem: (detail: string) => void}} handlers */
export function listenForFiles({ onfiles, onproblem }) {
  /** @param {(ways: typeof import("attachments/ways")) => void} then */
  const withWays = (then) => void import("attachments/ways").then(then).catch(() => onproblem(UNREACHABLE_FOR_FILES));
  const button = find("#attach");
  button.addEventListener("click", () => withWays((ways) => ways.offer(button, onfiles)));
  document.addEventListener("paste", (event) => {
    const { files, types } = event.clipboardData ?? new DataTransfer();
    if (!files.length || types.includes("text/plain") || document.querySelector("dialog[open]")) return; // a table comes as a picture, too
    event.preventDefault();
    onfiles([...files]);
  });
  let dragged = false;
  document.addEventListener("dragenter", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    dragged = true;
    withWays((ways) => dragged && ways.showPlace()); // they may have been dropped while it was loaded
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => (dragged &&= relatedTarget !== null));
  document.addEventListener("dragover", (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
  document.addEventListener("drop", (event) => {
    dragged = false;
    const { items } = event.dataTransfer ?? new DataTransfer();
    const dropped = [...items].filter((item) => item.kind === "file" && !item.webkitGetAsEntry()?.isDirectory);
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // or the browser would leave the page for the file
    onfiles(dropped.flatMap((item) => item.getAsFile() ?? []));
    if (!dropped.length) onproblem("Folders can’t be attached. Drop the files in it.");
  });
}

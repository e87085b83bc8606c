// Copy buttons: hidden until this module runs, since without it they could do nothing.

const SAID_MS = 1600;
const saying = new WeakMap();

/** Copy the text of the field or code that *button* names. */
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const text = source.value ?? source.textContent;
  say(button, (await write(text, source)) ? "Copied" : "Press Ctrl+C");
}

/** Write *text* to the clipboard; where the page is not a secure context, select *source* and use the old way. */
async function write(text, source) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    select(source);
    return document.execCommand("copy");
  }
}

function select(source) {
  if (source.select) source.select();
  else getSelection().selectAllChildren(source);
}

/** Say *words* on the button, and aloud to whoever does not see it: what was copied is in its hidden part. */
function say(button, words) {
  const label = button.firstChild;
  button.dataset.label ??= label.textContent;
  label.textContent = words;
  document.getElementById("status").textContent = `${words}: ${button.lastElementChild.textContent.trim()}`;
  clearTimeout(saying.get(button));
  saying.set(button, setTimeout(() => { label.textContent = button.dataset.label; }, SAID_MS));
}

/** Make the copy buttons below *root* work. */
export function enableCopying(root = document) {
  for (const button of root.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  for (const input of root.querySelectorAll(".copyable input")) {
    input.addEventListener("focus", () => input.select());
  }
}

enableCopying();

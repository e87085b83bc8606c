// The drop zone: files by drop, choice or paste, sent one after the other, each with its progress and its links.
import { enableCopying } from "./copy.js";

const form = document.getElementById("upload");
const input = document.getElementById("file");
const list = document.getElementById("uploads");
const status = document.getElementById("status");
const limit = Number(form.dataset.limit);
let number = 0;
let queue = Promise.resolve();

/** Send *file*; resolves with the API's answer, rejects with words for people. */
function send(file, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status >= 200 && request.status < 300 && request.response) resolve(request.response);
      else reject(new Error(request.response?.message ?? `The server answered ${request.status}.`));
    });
    request.addEventListener("error", () => reject(new Error("The connection broke off. Try again.")));
    const body = new FormData();
    body.append("file", file, file.name || "pasted-image");
    request.send(body);
  });
}

/** Add the row of one file; answers the functions that move it on. */
function row(file) {
  const item = document.getElementById("upload-item").content.firstElementChild.cloneNode(true);
  const find = (selector) => item.querySelector(selector);
  const progress = find("progress");
  const id = (number += 1);
  find(".upload-name a").textContent = file.name || "Pasted image"; // a link only once there is a page
  progress.setAttribute("aria-label", `Upload of ${file.name || "the pasted image"}`);
  for (const field of item.querySelectorAll("[data-link]")) {
    field.id = `upload-${id}-${field.dataset.link}`;
    field.closest(".copyable").querySelector("label").htmlFor = field.id;
    field.nextElementSibling.dataset.copy = field.id;
  }
  list.prepend(item);
  const say = (words) => { find(".upload-state").textContent = words; };
  return {
    waiting: () => say("Waiting"),
    moved: (share) => {
      progress.value = share;
      say(share < 1 ? `Sending, ${Math.round(share * 100)} %` : "Developing");
      if (share === 1) progress.removeAttribute("value");
    },
    done: (image) => {
      progress.remove();
      say(image.width ? `${image.width} × ${image.height} pixels` : "");
      show(find, image);
      enableCopying(item);
      status.textContent = `${image.name} is uploaded.`;
    },
    failed: (words) => {
      progress.remove();
      item.classList.add("failed");
      say(words);
      status.textContent = `${file.name}: ${words}`;
    },
  };
}

function show(find, image) {
  const print = find(".upload-print");
  print.href = find(".upload-name a").href = image.url;
  find("img").src = image.src.replace(/\.\w+$/, ".webp?size=s");
  print.hidden = false;
  for (const name of ["url", "src"]) find(`[data-link=${name}]`).value = image[name];
  find(".upload-links").hidden = false;
}

/** Check *file* and put it in the queue: one at a time is fair to the server and to a thin line. */
function take(file) {
  const shown = row(file);
  if (file.size > limit) return shown.failed(`Larger than ${form.dataset.limitText}, the limit without a key.`);
  shown.waiting();
  queue = queue.then(() => send(file, shown.moved).then(shown.done, (error) => shown.failed(error.message)));
}

/** Take *files*, so that the last one dropped ends on top. */
function takeAll(files) {
  for (const file of files) take(file);
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

// The whole page takes a drop: a miss by a finger's breadth would make the browser leave for the file.
document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  form.classList.add("over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) form.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  form.classList.remove("over");
  takeAll(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => takeAll(event.clipboardData?.files ?? []));
input.addEventListener("change", () => {
  takeAll(input.files);
  input.value = "";
});

input.multiple = true; // the plain form takes one file: the API does
form.querySelector(".paste-note").hidden = false;

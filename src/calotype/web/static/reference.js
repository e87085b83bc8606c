// Trying calls: each form sends what its fields say, and shows what came back. The key is in its box, nowhere else.

const key = document.getElementById("key");

/** Give the fields of *form* that are filled in and stand in *where*: of several bodies, those of the chosen one. */
function filled(form, where) {
  const fields = [...form.querySelectorAll(`[data-where="${where}"]`)];
  return fields.filter((field) => !field.closest("[hidden]") && (field.type === "file" ? field.files.length : field.value !== ""));
}

function address(form) {
  let path = form.dataset.path;
  for (const field of form.querySelectorAll('[data-where="path"]')) {
    path = path.replace(`{${field.dataset.name}}`, encodeURIComponent(field.value));
  }
  const query = new URLSearchParams();
  for (const field of filled(form, "query")) {
    const [name, value] = "named" in field.dataset ? named(field) : [field.dataset.name, field.value];
    query.append(name, value);
  }
  return query.size ? `${path}?${query}` : path;
}

/** Read `colour=red` in the field `label` as the parameter `label[colour]`. */
function named(field) {
  const [name, ...value] = field.value.split("=");
  return [`${field.dataset.name}[${name}]`, value.join("=")];
}

/** Give the body and its media type; a form's is the browser's to say, for it draws the boundary. */
function content(form) {
  const chosen = [...form.querySelectorAll(".payload")].find((each) => !each.dataset.closed);
  if (!chosen) return {};
  const text = chosen.querySelector("[data-json]");
  if (text) return { body: text.value, type: "application/json" };
  const body = new FormData();
  for (const field of filled(chosen, "body")) {
    body.append(field.dataset.name, field.type === "file" ? field.files[0] : field.value);
  }
  return { body };
}

function headers(form, type) {
  const named = filled(form, "header").map((field) => [field.dataset.name, field.value]);
  const credential = key.value.trim();
  if (credential) named.push([key.form.dataset.header, key.form.dataset.before + credential]);
  if (type) named.push(["Content-Type", type]);
  return named;
}

async function send(form) {
  const { body, type } = content(form);
  const started = performance.now();
  // No cookie goes along: who is signed in to the account pages must not seem to have sent a key.
  const options = { method: form.dataset.verb, headers: headers(form, type), body, credentials: "omit", cache: "no-store" };
  const answer = await fetch(address(form), options);
  const text = await answer.text();
  return { answer, text, milliseconds: performance.now() - started };
}

/** Show *text* as JSON with indents where it is JSON, and as it is where it is not. */
function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function show(form, { answer, text, milliseconds }) {
  const find = (selector) => form.querySelector(selector);
  find(".outcome").hidden = false;
  find(".outcome").classList.toggle("failed", !answer.ok);
  find(".outcome-line").textContent = `${answer.status} ${answer.statusText} in ${Math.round(milliseconds)} ms`;
  find(".outcome-headers").textContent = [...answer.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  find(".outcome-body").textContent = readable(text);
  find(".outcome-body").hidden = text === "";
}

function fail(form, error) {
  form.querySelector(".outcome").hidden = false;
  form.querySelector(".outcome-line").textContent = `Not sent: ${error.message}`;
}

/** Open the body that is chosen, and close the others. */
function choose(form) {
  const chosen = form.querySelector('[name="media"]:checked')?.value;
  for (const payload of form.querySelectorAll(".payload")) {
    const closed = chosen !== undefined && payload.dataset.media !== chosen;
    if (closed) payload.dataset.closed = "true";
    else delete payload.dataset.closed;
  }
}

function prepare(form) {
  form.hidden = false;
  choose(form);
  form.addEventListener("change", () => choose(form));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector(".send-call");
    button.disabled = true;
    try {
      show(form, await send(form));
    } catch (error) {
      fail(form, error);
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
}

const box = document.getElementById("key-box");
box.hidden = false;
box.addEventListener("submit", (event) => event.preventDefault());
document.querySelectorAll("form.try").forEach(prepare);

// The board: what each feed's events look like, and the forms.

import { read } from "./answer.js";
import { Tab } from "./tab.js";

const $ = (selector, parent = document) => parent.querySelector(selector);

/** Makes an element with text, or with children. */
function make(tag, className, ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

/** Adds a line to a card's list, at its end or at its top; the oldest ones go. */
function add(card, item, { top = true, most = 60 } = {}) {
  const list = $(`#${card} .lines`);
  const atEnd = list.scrollTop + list.clientHeight > list.scrollHeight - 30;
  if (top) list.prepend(item);
  else list.append(item);
  while (list.childElementCount > most) (top ? list.lastChild : list.firstChild).remove();
  if (!top && atEnd) list.scrollTop = list.scrollHeight;
  return item;
}

const at = (time) => new Date(time).toLocaleTimeString([], { hour12: false });
const said = (by, text) => make("li", "", make("b", "", by), " ", make("span", "text", text));
const aside = (text) => make("li", "aside", text);
const percent = (share) => `${Math.round(share * 100)} %`;
const gigabytes = (bytes) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

// Stocks

const rows = new Map();

function price({ symbol, price, change }) {
  if (!rows.has(symbol)) {
    const row = make("tr", "", make("th", "", symbol), make("td"), make("td"));
    $("th", row).scope = "row";
    rows.set(symbol, row);
    $("#stocks tbody").replaceChildren(...[...rows.keys()].sort().map((key) => rows.get(key)));
  }
  const [, now, moved] = rows.get(symbol).children;
  now.textContent = price.toFixed(2);
  // What is shown as 0.00 went neither up nor down.
  const shown = Number(change.toFixed(2));
  moved.textContent = `${["−", "", "+"][Math.sign(shown) + 1]}${Math.abs(shown).toFixed(2)}`;
  moved.className = ["down", "", "up"][Math.sign(shown) + 1];
}

// Progress of uploads and tasks

const bars = new Map();

function progress(name, label, value, state) {
  if (!bars.has(name)) {
    const row = make("p", "row", make("span", "", label), make("span", "muted"));
    const bar = make("progress");
    bar.setAttribute("aria-label", label);
    bars.set(name, add("uploads", make("li", "", row, bar), { most: 12 }));
    if (bars.size > 50) bars.delete(bars.keys().next().value);
  }
  const bar = bars.get(name);
  // How far it is may not be known.
  if (value !== undefined) $("progress", bar).value = value;
  $(".muted", bar).textContent = state;
  bar.dataset.state = state;
}

const names = new Map();
const uploadLabel = (upload) => names.get(upload) ?? `upload ${upload.slice(0, 8)}`;
const taskLabel = (task) => `task ${task.slice(0, 8)}`;

// Social

const posts = new Map();

function likes(item, more) {
  const count = Number(item.dataset.likes ?? 0) + more;
  item.dataset.likes = count;
  $(".likes", item).textContent = count > 0 ? ` ♥ ${count}` : "";
}

// Feeds: for each event type what it does to the board.

const feeds = {
  clock: {
    tick({ time }) {
      const date = new Date(time);
      $("#clock .time").textContent = at(time);
      const day = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
      $("#clock .date").textContent = date.toLocaleDateString([], day);
    },
  },
  stocks: { priceUpdate: price },
  system: {
    cpuUpdate({ usage, cores }) {
      $("#system .cpu").textContent = `${usage} % of ${cores.length} cores`;
      $("#system .cpu-meter").value = usage;
    },
    memoryUpdate({ used, total }) {
      $("#system .memory").textContent = `${gigabytes(used)} of ${gigabytes(total)}`;
      $("#system .memory-meter").value = used / total;
    },
  },
  match: {
    matchStatus({ status, minute }) {
      if (status === "kick-off") $("#match .score b").textContent = "0 : 0";
      $("#match .status").textContent = `${status} · ${minute}′`;
      add("match", aside(`${minute}′ ${status}`));
    },
    matchEvent({ minute, team, what }) {
      $("#match .status").textContent = `${minute}′`;
      add("match", make("li", "", make("span", "aside", `${minute}′ `), `${what}, ${team}`));
    },
    scoreUpdate({ score }) {
      $("#match .score b").textContent = score.join(" : ");
    },
  },
  social: {
    newPost({ post, by, text }) {
      const item = said(by, text);
      item.append(make("span", "likes muted"));
      posts.set(post, add("social", item));
      posts.delete(post - 40);
    },
    newLike({ post }) {
      if (posts.has(post)) likes(posts.get(post), 1);
    },
    newComment({ post, by, text }) {
      posts.get(post)?.append(make("div", "aside", `↳ ${by}: ${text}`));
    },
  },
  blog: {
    newPost({ post, title, text }) {
      const item = said(title, `\n${text}`);
      item.dataset.post = post;
      add("blog", item);
    },
    postUpdate({ post, title, text }) {
      const item = $(`#blog [data-post="${post}"]`) ?? add("blog", said("", ""));
      item.dataset.post = post;
      item.replaceChildren(...said(title, `\n${text}`).childNodes, make("span", "aside", " (edited)"));
    },
  },
  chat: {
    "new-message"({ user, text }, id) {
      const item = said(user, text);
      item.dataset.id = id;
      add("chat", item, { top: false, most: 200 });
    },
    "user-joined": ({ user }) => add("chat", aside(`${user} joined`), { top: false }),
    "user-left": ({ user }) => add("chat", aside(`${user} left`), { top: false }),
  },
  uploads: {
    progress({ upload, received, total }) {
      const share = total ? received / total : undefined;
      progress(upload, uploadLabel(upload), share, share === undefined ? "…" : percent(share));
    },
    complete: ({ upload }) => progress(upload, uploadLabel(upload), 1, "complete"),
    failed: ({ upload, why }) => progress(upload, uploadLabel(upload), 0, why),
  },
  tasks: {
    progress: ({ task, step, of }) => progress(task, taskLabel(task), step / of, percent(step / of)),
    complete: ({ task }) => progress(task, taskLabel(task), 1, "complete"),
  },
  notifications: {
    notification: ({ text }) => add("notifications", make("li", "", text)),
  },
  me: {
    notification: ({ text }) => add("notifications", said("for you:", text)),
  },
  log: {
    line({ time, level, text }) {
      const item = make("li", level, make("span", "muted", at(time)), ` ${level} ${text}`);
      add("log", item, { top: false, most: 200 });
    },
  },
};

const types = [...new Set(["begin", "gap", ...Object.values(feeds).flatMap(Object.keys)])];

// The stream

let count = 0;
let gaps = 0;

function onevent({ type, data, lastEventId }) {
  const payload = JSON.parse(data);
  if (type === "begin") {
    if (payload.user) signedIn(payload.user);
    return;
  }
  if (type === "gap") {
    gaps += 1;
    $("#gaps").hidden = false;
    $("#gap-count").textContent = gaps;
    add("chat", make("li", "gap", "— events were missed here —"), { top: false });
    return;
  }
  count += 1;
  $("#count").textContent = count;
  feeds[payload.feed]?.[type]?.(payload, lastEventId);
}

const TEXTS = {
  connecting: "connecting…",
  open: "live",
  reconnecting: "reconnecting…",
  ended: "ended by the server",
  stopped: "stopped",
};

function onstate(state, why) {
  $("#state").dataset.state = state;
  document.body.dataset.state = state;
  $("#state-text").textContent = TEXTS[state] ?? (why ? `refused (${why})` : "no answer");
  $("#toggle").textContent = all.running ? "Stop" : "Start";
  if (why === 401) login();
  else if (state === "open") reachable();
}

const token = () => /(?:^|; )token=([^;]*)/.exec(document.cookie)?.[1] ?? "";
const all = new Tab("/feeds/all?newest=200", { types, onevent, onstate, user: token });
const me = new Tab("/feeds/me?newest=20", { types, onevent, onstate() {}, user: token });

function start() {
  all.start();
  if (token() !== "") me.start();
}

function stop() {
  all.stop();
  me.stop();
}

$("#toggle").addEventListener("click", () => (all.running ? stop() : start()));

const native = new URLSearchParams(location.search).has("eventsource");
$("#transport").textContent = native ? "over EventSource" : "over fetch";

// A page that is left gives its streams up, and goes on with them when the browser brings it back.
addEventListener("pagehide", () => {
  if (!all.running) return;
  stop();
  addEventListener("pageshow", start, { once: true });
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  all.wake();
  me.wake();
});

// Tokens of users

const dialog = $("#login");

function login() {
  if (!dialog.open) dialog.showModal();
}

$("form", dialog).addEventListener("submit", () => {
  const token = $("[name=token]", dialog).value.trim();
  const secure = location.protocol === "https:" ? "; Secure" : "";
  stop();
  document.cookie = `token=${token}; SameSite=Strict; Path=/; Max-Age=3600${secure}`;
  start();
});

// What is sent

const UNREACHABLE = "the server does not answer";
const notices = new Map();

/** Says what went wrong with a card, until something else is said of it; the empty text is nothing. */
function notice(card, text) {
  if (text === "") notices.delete(card);
  else notices.set(card, text);
  $("#notice").textContent = [...notices.values()].join(" · ");
  $("#notice").hidden = notices.size === 0;
}

/** The stream is open: what failed since there was no server need not be said any more, nor who is asked. */
function reachable() {
  if (dialog.open) dialog.close();
  for (const [card, text] of notices) if (text.endsWith(UNREACHABLE)) notice(card, "");
}

/** A name that nobody else has. `randomUUID` is missing where the page came over plain HTTP. */
function newName() {
  const random = () => [...crypto.getRandomValues(new Uint8Array(16))];
  return crypto.randomUUID?.() ?? random().map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The keys of posts that may have been published, although the answer did not say so. */
const perhaps = new Map();

/** Posts, and says so if it was refused. What is posted again has the same key if it may have been published. */
async function post(path, body, options = {}) {
  const text = JSON.stringify(body);
  const posted = `${path} ${text}`;
  const key = perhaps.get(posted) ?? newName();
  const { headers: more, ...others } = options;
  const headers = { "content-type": "application/json", "idempotency-key": key, ...more };
  let refusal = "";
  let unknown = false;
  let response = null;
  try {
    response = await fetch(path, { method: "POST", headers, body: text, ...others });
    if (response.status === 401) login();
    if (!response.ok) {
      const { error, published } = await response.json().catch(() => ({}));
      unknown = response.status >= 500 && published !== "no";
      refusal = error ?? `status ${response.status}`;
    }
  } catch {
    unknown = true;
    refusal = UNREACHABLE;
  }
  if (unknown) perhaps.set(posted, key);
  else perhaps.delete(posted);
  notice(path.split("/")[1], refusal && `${unknown ? "Perhaps not sent" : "Not sent"}: ${refusal}`);
  return response?.ok ? response : null;
}

/** Handles a form: what it sends is given its values, and it is emptied when that was taken. */
function onsubmit(card, send) {
  const form = $(`#${card} form`);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await send(Object.fromEntries(new FormData(form)))) {
      for (const field of form.elements) {
        if (field.name !== "user" && field.name !== "") field.value = "";
      }
    }
  });
  form.addEventListener("input", () => notice(card, ""));
  // Enter sends, with Shift it is a new line.
  $("textarea", form)?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}

const user = $("#chat [name=user]");
user.value = `guest-${Math.floor(Math.random() * 1000)}`;
let joined = "";

/** A user speaks under no other name. */
function signedIn(name) {
  user.value = name;
  user.readOnly = true;
}

onsubmit("chat", async ({ user, text }) => {
  if (joined !== user) {
    if (!(await post("/chat", { type: "user-joined", user }))) return null;
    joined = user;
  }
  return post("/chat", { type: "new-message", user, text });
});

addEventListener("pagehide", () => {
  if (!joined) return;
  const left = JSON.stringify({ type: "user-left", user: joined });
  navigator.sendBeacon("/chat", new Blob([left], { type: "application/json" }));
  joined = "";
});

onsubmit("blog", ({ title, text }) => post("/blog", { title, text }));

onsubmit("uploads", ({ file }) => {
  const upload = newName();
  names.set(upload, file.name);
  progress(upload, file.name, 0, "0 %");
  const headers = { "content-type": "application/octet-stream" };
  return post(`/uploads/${upload}`, null, { body: file, headers });
});

$("#task").addEventListener("click", () => post("/tasks", {}));

let answer = null;

onsubmit("tokens", async ({ prompt }) => {
  const ask = (options) => post("/tokens", { prompt }, options);
  const response = await ask();
  if (!response) return null;
  answer?.close();
  const output = $("#tokens .answer");
  output.textContent = "";
  const show = (text) => output.append(text);
  const end = (complete) => notice("tokens", complete ? "" : "The answer broke off");
  answer = read(response, { ask, show, end });
  return response;
});

start();

// Each answer is sent as it is given, and the page follows what the server then says. Without this
// file every form still works: it has a button, and the page that comes back is whole.
"use strict";
(() => {
  document.documentElement.classList.add("live");
  let busy = 0;

  const parts = ["#main", "#steps", "#tools", "#said", "header .name"];
  const lost = () => {
    const said = document.querySelector("#said");
    said.replaceChildren(Object.assign(document.createElement("p"),
      {className: "notice problem", textContent: document.body.dataset.lost}));
  };

  const unsent = new Map();
  const keyOf = field => field.dataset.key || field.id;
  const typing = () => {
    const field = document.activeElement;
    return field && field.matches("input:not([type=radio], [type=checkbox], [type=file]), textarea")
      && field.value !== field.defaultValue;
  };

  // Put what the server has sent in place of what is shown; the focus stays where it was.
  const show = (text, url) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    if (!page.querySelector("#main")) { document.open(); document.write(text); document.close(); return; }
    const active = document.activeElement, id = active && active.id;
    const marked = active && active.selectionStart != null
      && [active.selectionStart, active.selectionEnd, active.selectionEnd === active.value.length];
    const open = [...document.querySelectorAll("details")].map(details => details.open);
    const moved = url && new URL(url).pathname !== location.pathname;
    if (typing()) unsent.set(keyOf(active), active.value);
    if (moved) unsent.clear();
    for (const part of parts) {
      const fresh = page.querySelector(part), old = document.querySelector(part);
      if (part === "#said" && !fresh.children.length && !moved && !busy) continue;
      old.replaceWith(document.adoptNode(fresh));
    }
    document.title = page.title;
    document.documentElement.lang = page.documentElement.lang;
    if (moved) {
      history.pushState(null, "", url);
      scrollTo(0, 0);
      document.querySelector("#main").focus({preventScroll: true});
      return;
    }
    document.querySelectorAll("details").forEach((details, i) => { if (open[i]) details.open = true; });
    for (const field of document.querySelectorAll("[data-auto] :is(input, select)")) {
      if (!unsent.has(keyOf(field))) continue;
      if (field.type === "checkbox") field.checked = unsent.get(keyOf(field));
      else field.value = unsent.get(keyOf(field));
    }
    const again = id && document.getElementById(id);
    if (again && !again.disabled) {
      again.focus({preventScroll: true});
      if (marked && again.setSelectionRange) { // what is typed next replaces what was marked
        const [start, end, all] = marked;
        try { again.setSelectionRange(start, all ? again.value.length : end); } catch { /* not a text */ }
      }
    } else if (id) document.querySelector("#main").focus({preventScroll: true});
  };

  const load = async (url, options) => {
    busy += 1;
    try {
      const reply = await fetch(url, {credentials: "same-origin", ...options});
      show(await reply.text(), reply.url);
    } catch { lost(); } finally { busy -= 1; }
  };

  // Answers go one after the other. What is sent is read from the page as it is then: an earlier
  // answer may have changed it meanwhile. What was given and not sent yet is kept over that.
  let queue = Promise.resolve();
  const send = (form, button) => {
    const given = new FormData(form, button);
    queue = queue.then(() => {
      const live = form.matches("[data-auto]") && document.getElementById(form.id);
      if (form.matches("[data-auto]") && (!live || live.action !== form.action)) return null;
      const body = live ? new FormData(live) : given;
      if (button && button.name) body.set(button.name, button.value);
      unsent.clear();
      return load(form.action, {method: "POST", body: new URLSearchParams(body)});
    });
  };

  document.addEventListener("submit", event => {
    const form = event.target;
    if (!form.matches("[data-live]")) return;
    event.preventDefault();
    send(form, event.submitter);
  });

  document.addEventListener("change", event => {
    const field = event.target, form = field.form;
    if (field.type === "file" && field.id === "file" && field.files.length) return form.requestSubmit();
    if (!form || !form.matches("[data-auto]") && !(form.matches("[data-live]") && field.matches("select"))) return;
    const other = field.dataset.with && form.elements[field.dataset.with];
    if (field.type !== "radio") unsent.set(keyOf(field), field.type === "checkbox" ? field.checked : field.value);
    if (other && (other.value === "") !== (field.value === "")) return other.focus();
    send(form, form.querySelector("button.default, button.save"));
  });

  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, event => {
      event.preventDefault(); // else a browser leaves the page and opens the file
      const field = document.querySelector("#upload #file");
      if (!field) return;
      field.closest(".drop").classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) {
        field.files = event.dataTransfer.files;
        field.form.requestSubmit();
      }
    });
  }

  document.addEventListener("submit", event => {
    if (event.target.matches("#upload, [action='/create'], [action='/file']")) {
      event.target.setAttribute("aria-busy", "true");
    }
  });

  addEventListener("popstate", () => location.reload());

  // See whether something has changed: an answer elsewhere, a file, a task that is done.
  const wait = () => document.querySelector(".waiting") ? 500 : 2500;
  const look = async () => {
    const main = document.querySelector("#main");
    if (main && !busy && !document.hidden) {
      try {
        const reply = await fetch("/state", {credentials: "same-origin"});
        const {stamp} = await reply.json();
        const same = document.querySelector("#main").dataset.stamp === stamp;
        if (!same && !busy && !typing()) {
          const page = await fetch(location.href, {credentials: "same-origin"});
          const text = await page.text();
          if (!busy && !typing()) show(text, page.url);
        }
      } catch { lost(); }
    }
    setTimeout(look, wait());
  };
  setTimeout(look, 300);
})();

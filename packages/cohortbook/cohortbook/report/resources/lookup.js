/* A table whose row the reader chooses by changing counts. Without it the first row stands. */
(() => {
  "use strict";
  const make = (tag, properties, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };

  const enhance = (box) => {
    const data = JSON.parse(box.querySelector('script[type="application/json"]').textContent);
    const table = box.querySelector("table");
    const cells = [...table.tBodies[0].querySelectorAll("td")];
    const rows = [...table.tBodies[0].rows].map((row) => row.cells[0].textContent);
    const below = [...(table.tHead.rows[1]?.cells ?? [])].map((head) => head.textContent);
    const heads = [...table.tHead.rows[0].cells].flatMap((head) => head.colSpan < 2
      ? head.textContent
      : below.splice(0, head.colSpan).map((own) => `${head.textContent}, ${own.toLowerCase()}`),
    ).slice(1);
    const caption = table.caption.firstChild.textContent.trim();
    const spoken = make("output", { className: "jdm-lookup-words" });
    spoken.setAttribute("aria-live", "polite");

    const inputs = data.counts.map(({ label, least, most }, i) => {
      const input = make("input", {
        type: "number", min: least, max: most, step: 1, value: data.start[i], required: true,
        inputMode: "numeric",
      });
      const step = (by, sign) => {
        const button = make("button", { type: "button" }, sign);
        button.setAttribute("aria-label", `${label}: one ${by > 0 ? "more" : "less"}`);
        button.addEventListener("click", () => set(i, (input.valueAsNumber || least) + by));
        return button;
      };
      return { input, label, least, most, less: step(-1, "−"), more: step(1, "+") };
    });
    const chosen = () => inputs.map(({ input }) => input.valueAsNumber);
    const row = () => {
      let place = 0;
      for (const { input, least, most } of inputs) {
        const count = input.valueAsNumber;
        if (!Number.isInteger(count) || count < least || count > most) return null;
        place = place * (most - least + 1) + count - least;
      }
      return data.rows[data.row_of[place]] ?? null; // -1 where the counts cannot be
    };
    const show = () => {
      const values = row();
      cells.forEach((cell, i) => (cell.textContent = values ? values[i] : ""));
      inputs.forEach(({ input, least, most, less, more }) => {
        less.disabled = input.valueAsNumber <= least;
        more.disabled = input.valueAsNumber >= most;
      });
      const words = values && rows.map((name, i) => heads
        .map((head, j) => (values[i * heads.length + j] ? `${head} ${values[i * heads.length + j]}` : ""))
        .filter(Boolean).join(", ")).map((text, i) => `${rows[i]}: ${text}`);
      spoken.textContent = values
        ? words.join("; ")
        : `No patients can have these counts. Allowed are ${inputs
          .map(({ label, least, most }) => `${label} ${least} to ${most}`).join(", ")}.`;
      spoken.classList.toggle("jdm-lookup-none", !values);
      buttons.forEach(([button, counts]) =>
        button.setAttribute("aria-pressed", String(counts.every((n, i) => n === chosen()[i]))));
    };
    const remember = () => history.replaceState(null, "", `#${box.id}=${chosen().join(",")}`);
    const set = (i, count) => {
      inputs[i].input.value = Math.min(Math.max(count, inputs[i].least), inputs[i].most);
      show();
      remember();
    };
    const choose = (counts) => {
      counts.forEach((count, i) => (inputs[i].input.value = count));
      show();
    };
    const buttons = data.examples.map(([name, counts]) => {
      const button = make("button", { type: "button" }, name);
      button.addEventListener("click", () => { choose(counts); remember(); });
      return [button, counts];
    });

    const form = make("div", { className: "jdm-lookup-counts" });
    form.setAttribute("role", "group");
    form.setAttribute("aria-label", `Counts of: ${caption}`);
    inputs.forEach(({ input, label, most, less, more }) => {
      const name = make("label", {}, `${label} (of ${most}) `);
      input.id = `${box.id}-${inputs.findIndex((other) => other.input === input)}`;
      name.htmlFor = input.id;
      form.append(make("div", {}, name, make("span", {}, less, input, more)));
      input.addEventListener("input", () => { show(); if (input.validity.valid) remember(); });
    });
    const presets = make("div", { className: "jdm-lookup-examples" }, ...buttons.map(([b]) => b));
    box.prepend(...(buttons.length ? [presets] : []), form);
    box.append(spoken);
    const [name, counts] = decodeURIComponent(location.hash.slice(1)).split("=");
    const asked = (counts ?? "").split(",").map(Number);
    if (name === box.id && asked.length === inputs.length) {
      choose(asked);
      box.scrollIntoView();
    } else show();
  };

  const start = () => document.querySelectorAll(".jdm-lookup").forEach(enhance);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();

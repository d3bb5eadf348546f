/* Search, filters and sorting for tables marked data-filterable, and cards of those with sentences
   on a narrow screen. Without it they are complete. */
(() => {
  "use strict";
  const collator = new Intl.Collator("en", { numeric: true });
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const make = (tag, properties, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };

  // The number that a cell starts with, as tables print them: <0.001, −1.5, 2,200, 16 (70%), ∞.
  const number = (text) => {
    const found = /^[<>≤≥~]?\s*([−-]?)(∞|\d[\d,]*(?:\.\d+)?|\.\d+)/.exec(text);
    if (!found) return null;
    const digits = found[2].replace(/,(?=\d{3}(?!\d))/g, "").replace(",", ".");
    const size = digits === "∞" ? Infinity : parseFloat(digits);
    return found[1] ? -size : size;
  };

  // Numbers before words, and what is missing last, whichever way the column is sorted.
  const compare = (a, b, sign) => {
    const missing = [a, b].map((text) => text === "" || text === "–");
    if (missing[0] || missing[1]) return missing[0] - missing[1];
    const [x, y] = [number(a), number(b)];
    if ((x === null) !== (y === null)) return x === null ? sign : -sign;
    return sign * (x !== null && x !== y ? x - y : collator.compare(a, b));
  };

  // On a narrow screen each row is a card, whose cells say their heading.
  const deal = (box) => {
    const { tHead, tBodies: [body] } = box.querySelector("table");
    const labels = [...tHead.rows[0].cells].map((head) => head.textContent);
    [...body.rows].forEach((row) => [...row.cells].forEach((cell, column) => {
      cell.dataset.label = labels[column];
    }));
    box.dataset.cards = "";
  };

  const enhance = (box) => {
    const { tHead, tBodies: [body] } = box.querySelector("table");
    const heads = [...tHead.rows[0].cells];
    const rows = [...body.rows];
    const cells = rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
    const haystacks = cells.map((texts) => plain(texts.join("\n")));
    deal(box);
    const search = make("input", { type: "search", autocomplete: "off" });
    const count = make("output", { className: "jdm-count" });
    count.setAttribute("aria-live", "polite");

    const filters = heads.flatMap((head, column) => {
      if (!head.hasAttribute("data-filter")) return [];
      const counts = new Map();
      cells.forEach((texts) => counts.set(texts[column], (counts.get(texts[column]) ?? 0) + 1));
      const values = [...counts.keys()].sort((a, b) => compare(a, b, 1));
      const options = values.map((v) => new Option(`${v || "(empty)"} (${counts.get(v)})`, v));
      const select = make("select", {}, new Option(`all (${rows.length})`), ...options);
      return [{ head, column, select }];
    });
    const show = () => {
      const words = plain(search.value).split(/\s+/).filter(Boolean);
      rows.forEach((row, i) => {
        row.hidden = !(
          words.every((word) => haystacks[i].includes(word)) &&
          filters.every(({ column, select }) =>
            select.selectedIndex === 0 || select.value === cells[i][column])
        );
      });
      const shown = rows.filter((row) => !row.hidden).length;
      count.textContent = `${shown} of ${rows.length} rows`;
    };
    const reset = make("button", { type: "button" }, "Show all");
    reset.addEventListener("click", () => {
      search.value = "";
      filters.forEach(({ select }) => (select.selectedIndex = 0));
      show();
      search.focus();
    });

    heads.forEach((head, column) => {
      const button = make("button", { type: "button" }, ...head.childNodes);
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const after = { ascending: "descending", descending: "" }[before] ?? "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        if (after) head.setAttribute("aria-sort", after);
        const sign = after === "descending" ? -1 : 1;
        const order = [...rows.keys()]; // a third click: the order in which the table came
        if (after) order.sort((i, j) => compare(cells[i][column], cells[j][column], sign));
        body.append(...order.map((i) => rows[i]));
      });
      head.append(button);
    });

    const bar = make("div", { className: "jdm-filter" });
    bar.setAttribute("role", "search");
    bar.setAttribute("aria-label", box.getAttribute("aria-label"));
    bar.append(make("label", {}, "Search all columns", search));
    filters.forEach(({ head, select }) => bar.append(make("label", {}, head.textContent, select)));
    const after = make("span", { tabIndex: -1 });
    const skip = make("a", { className: "jdm-skip", href: "#", textContent: "Skip the table" });
    skip.addEventListener("click", (event) => { event.preventDefault(); after.focus(); });
    bar.append(reset, count, skip);
    box.after(after);
    // Links with the same words say of which row they are.
    const texts = [...box.querySelectorAll("td a")].map((link) => link.textContent);
    if (new Set(texts).size < texts.length) {
      rows.forEach((row, i) => row.querySelectorAll("td a").forEach((link) =>
        link.setAttribute("aria-label",
          `${link.textContent}, row ${i + 1}: ${cells[i].slice(0, 3).filter(Boolean).join(", ")}`)));
    }
    bar.addEventListener("input", show);
    // A link can choose: ?Verdict=Contradicted#name-of-the-table
    const wanted = new URLSearchParams(location.search);
    filters.forEach(({ head, select }) => {
      const value = wanted.get(head.textContent);
      if ([...select.options].some((option) => option.index && option.value === value)) {
        select.value = value;
      }
    });
    box.before(bar);
    box.dataset.filterable = "on";
    show();
    if (location.search && location.hash === `#${box.id}`) { // after the browser's own scrolling
      addEventListener("load", () => requestAnimationFrame(() => bar.scrollIntoView()));
    }
  };

  const start = () => {
    document.querySelectorAll('.jdm-table[data-filterable=""]').forEach(enhance);
    document.querySelectorAll(".jdm-table:not([data-filterable], :has([colspan]))").forEach((box) =>
      box.querySelector("td.long") && deal(box));
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();

/* Search, filters and sorting for tables marked data-filterable, and cards of those with sentences
   or many limits on a narrow screen. Without it they are complete. */
(() => {
  "use strict";
  const collator = new Intl.Collator("en", { numeric: true });
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const make = (tag, properties, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };

  const WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
    "eighteen", "nineteen", "twenty"];
  const NUMBER = String.raw`([<>≤≥~]?)\s*([+−-]?)(∞|\d[\d,]*(?:\.\d+)?|\.\d+)`;
  const LEADING = new RegExp(`^${NUMBER}`);
  const INSIDE = /(?:^|[\s(=])([<>≤≥~]?)\s*([+−-]?)(\d*\.\d+)/; // not that of "Table 2"

  // The number that a cell starts with, as tables print them: <0.001, −1.5, 2,200, 16 (70%),
  // 6.56 ± 2.6, ∞, six. Where most cells of a column do, others have the decimal that they mention.
  const number = (text, pattern) => {
    const word = WORDS.indexOf(/^[a-z]*/i.exec(text)[0].toLowerCase());
    if (word >= 0) return [word, 0];
    const found = pattern.exec(text);
    if (!found) return null;
    const digits = found[3].replace(/,(?=\d{3}(?!\d))/g, "").replace(",", ".");
    const size = digits === "∞" ? Infinity : parseFloat(digits);
    return ["−", "-"].includes(found[2]) ? [-size, 0] : [size, { "<": -1, ">": 1 }[found[1]] ?? 0];
  };
  const numbers = (texts) => {
    const leading = texts.map((text) => number(text, LEADING));
    const written = texts.filter((text) => text && text !== "–").length;
    const most = leading.filter(Boolean).length > written / 2;
    return most ? texts.map((text, i) => leading[i] ?? number(text, INSIDE)) : leading;
  };

  // Numbers before words, and what is missing last, whichever way the column is sorted.
  const order = (texts, sign) => {
    const found = numbers(texts);
    return [...texts.keys()].sort((i, j) => {
      const missing = [i, j].map((k) => texts[k] === "" || texts[k] === "–");
      if (missing[0] || missing[1]) return missing[0] - missing[1];
      const [x, y] = [found[i], found[j]];
      if (!x !== !y) return x ? -sign : sign;
      const apart = x && (x[0] === y[0] ? x[1] - y[1] : x[0] - y[0]);
      return sign * (apart || collator.compare(texts[i], texts[j]));
    });
  };

  // On a narrow screen each row is a card, whose cells say their heading.
  const deal = (box) => {
    const { tHead, tBodies: [body] } = box.querySelector("table");
    const below = [...(tHead.rows[1]?.cells ?? [])];
    const labels = [...tHead.rows[0].cells].flatMap((head) => head.colSpan === 1 ? head.textContent
      : below.splice(0, head.colSpan).map((own) => `${head.textContent}, ${own.textContent}`));
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
    const none = make("p", { className: "jdm-none", hidden: true },
      "No row has all of this. Use fewer words, or choose Show all.");

    const filters = heads.flatMap((head, column) => {
      if (!head.hasAttribute("data-filter")) return [];
      const counts = new Map();
      cells.forEach((texts) => counts.set(texts[column], (counts.get(texts[column]) ?? 0) + 1));
      const values = [...counts.keys()];
      const options = order(values, 1).map((i) => values[i])
        .map((v) => new Option(`${v || "(empty)"} (${counts.get(v)})`, v));
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
      none.hidden = shown > 0;
      stops();
    };
    const reset = make("button", { type: "button" }, "Show all");
    reset.addEventListener("click", () => {
      search.value = "";
      filters.forEach(({ select }) => (select.selectedIndex = 0));
      show();
      remember();
      search.focus();
    });

    const sort = (column, way) => { // no way: the order in which the table came
      heads.forEach((head) => head.removeAttribute("aria-sort"));
      if (way) heads[column].setAttribute("aria-sort", way);
      const texts = cells.map((row) => row[column]);
      const places = way ? order(texts, way === "descending" ? -1 : 1) : [...rows.keys()];
      body.append(...places.map((i) => rows[i]));
    };
    const names = heads.map((head) => head.textContent);
    heads.forEach((head, column) => {
      const button = make("button", { type: "button" }, ...head.childNodes);
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        sort(column, { ascending: "descending", descending: "" }[before] ?? "ascending");
        stops();
        remember();
      });
      head.append(button);
    });

    // The links of all rows are one Tab stop; arrow keys go from row to row.
    const links = () => [...body.querySelectorAll("tr:not([hidden]) td a")];
    const stops = (stop = links()[0]) =>
      body.querySelectorAll("td a").forEach((link) => (link.tabIndex = link === stop ? 0 : -1));
    body.addEventListener("keydown", (event) => {
      const there = links();
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const next = there[there.indexOf(event.target) + step];
      if (!step || !there.includes(event.target)) return;
      event.preventDefault();
      if (!next) return;
      stops(next);
      next.focus();
    });

    // An address keeps what is chosen: ?find=heart&Verdict=Contradicted&sort=-p#name-of-the-table
    const address = () => {
      const chosen = new URLSearchParams();
      if (search.value) chosen.set("find", search.value);
      filters.forEach(({ column, select }) =>
        select.selectedIndex && chosen.set(names[column], select.value));
      const sorted = heads.findIndex((head) => head.hasAttribute("aria-sort"));
      const down = sorted >= 0 && heads[sorted].getAttribute("aria-sort") === "descending";
      if (sorted >= 0) chosen.set("sort", (down ? "-" : "") + names[sorted]);
      const url = new URL(location.href);
      url.search = chosen;
      url.hash = box.id;
      return url.href;
    };
    const remember = () => history.replaceState(null, "", address());
    const recall = () => {
      const wanted = new URLSearchParams(location.search);
      const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (named !== box && named?.matches(".jdm-table")) return; // it is of another table
      search.value = wanted.get("find") ?? "";
      filters.forEach(({ column, select }) => {
        const value = wanted.get(names[column]);
        if ([...select.options].some((option) => option.index && option.value === value)) {
          select.value = value;
        }
      });
      const [, down, name] = /^(-?)(.*)$/.exec(wanted.get("sort") ?? "");
      if (names.includes(name)) sort(names.indexOf(name), down ? "descending" : "ascending");
    };
    const copy = make("button", { type: "button" }, "Copy link");
    copy.addEventListener("click", async () => {
      remember();
      try {
        await navigator.clipboard.writeText(location.href);
        count.textContent = "Link copied";
      } catch { // where a page may not write there
        count.textContent = "The address of this page is the link";
      }
    });

    const bar = make("div", { className: "jdm-filter" });
    bar.setAttribute("role", "search");
    bar.setAttribute("aria-label", box.getAttribute("aria-label"));
    bar.append(make("label", {}, "Search all columns", search));
    filters.forEach(({ column, select }) => bar.append(make("label", {}, names[column], select)));
    const after = make("span", { tabIndex: -1 });
    const skip = make("a", { className: "jdm-skip", href: "#", textContent: "Skip the table" });
    skip.addEventListener("click", (event) => { event.preventDefault(); after.focus(); });
    bar.append(reset, copy, count, skip);
    box.after(after);
    box.querySelector("table").after(none);
    // Links with the same words say of which row they are.
    const texts = [...box.querySelectorAll("td a")].map((link) => link.textContent);
    if (new Set(texts).size < texts.length) {
      rows.forEach((row, i) => row.querySelectorAll("td a").forEach((link) =>
        link.setAttribute("aria-label",
          `${link.textContent}, row ${i + 1}: ${cells[i].slice(0, 3).filter(Boolean).join(", ")}`)));
    }
    bar.addEventListener("input", () => { show(); remember(); });
    recall();
    box.before(bar);
    box.dataset.filterable = "on";
    show();
    if (location.search && location.hash === `#${box.id}`) { // after the browser's own scrolling
      addEventListener("load", () => requestAnimationFrame(() => bar.scrollIntoView()));
    }
  };

  const start = () => {
    document.querySelectorAll('.jdm-table[data-filterable=""]').forEach(enhance);
    const long = (name) => name.textContent.length > 60; // as table_html.py has it of the others
    // Rows of sentences, many words, or estimates with limits are read one by one; columns of bare
    // numbers are compared, and stay columns.
    document.querySelectorAll(".jdm-table:not([data-filterable])").forEach((box) => {
      const cells = (kind) => box.querySelectorAll(`tbody tr:first-child > td${kind}`).length;
      const read = box.querySelector("td.long") || [...box.querySelectorAll("tbody th")].some(long);
      const wide = cells("") > 3 && (cells(".est") > 1 || cells(":not(.num)") > 3);
      if (read || wide) deal(box);
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();

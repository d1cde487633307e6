// The page reads without this; it adds sorting, searching, choosing policies and hints.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  // Sorting: exact values where a cell has them, else its text as people count.
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    const data = cell.querySelector("data");
    if (!data) return cell.textContent.trim();
    const first = data.value.trim().split(" ")[0];
    return first === "" ? null : Number(first);
  };
  const compare = (a, b) =>
    typeof a === "number" && typeof b === "number"
      ? a - b
      : String(a).localeCompare(String(b), "en", { numeric: true });
  const sortBy = (table, column, down) => {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows).map((row) => [keyOf(row, column), row]);
    // What is missing stays at the end, whichever way the others run.
    rows.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return down ? compare(b, a) : compare(a, b);
    });
    body.append(...rows.map(([, row]) => row));
    all("thead th", table).forEach((head, place) => {
      if (place === column) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };
  for (const table of all("table.sortable")) {
    all("thead th", table).forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = head.textContent;
      head.textContent = "";
      head.append(button);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        sortBy(table, column, now ? now === "ascending" : head.classList.contains("n"));
      });
    });
  }

  // Copying a command; where the browser keeps the clipboard to itself the text is selected.
  for (const block of all(".copy")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "copy";
    block.append(button);
    button.addEventListener("click", async () => {
      const code = block.querySelector("code");
      const range = document.createRange();
      range.selectNodeContents(code);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      let done = false;
      try {
        await navigator.clipboard.writeText(code.textContent);
        done = true;
      } catch {
        done = document.execCommand("copy");
      }
      button.textContent = done ? "copied" : "selected";
    });
  }

  // Searching in folded tables.
  for (const fold of all("details.fold")) {
    const label = document.createElement("label");
    label.className = "search";
    const input = document.createElement("input");
    input.type = "search";
    label.append("Search ", input);
    fold.querySelector("summary").after(label);
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase();
      for (const row of all("tbody tr", fold))
        row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
  }

  // Choosing policies.
  const filter = document.querySelector(".filter");
  if (filter) {
    const boxes = all("input", filter);
    const apply = () => {
      const off = new Set(boxes.filter((box) => !box.checked).map((box) => box.value));
      for (const item of all("main [data-policy]"))
        item.classList.toggle("out", off.has(item.dataset.policy));
      document.getElementById("chosen").textContent =
        off.size ? `(${boxes.length - off.size} of ${boxes.length})` : "";
    };
    filter.hidden = false;
    filter.addEventListener("change", apply);
    for (const button of all("button", filter))
      button.addEventListener("click", () => {
        for (const box of boxes) box.checked = button.dataset.all === "1";
        apply();
      });
  }

  // Hints: what a mark stands for, and all digits of a figure.
  const tip = document.getElementById("tip");
  for (const title of all("svg title")) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
  const hide = () => { tip.hidden = true; };
  document.addEventListener("pointerover", (event) => {
    const mark = event.target.closest("[data-tip], data");
    if (!mark) return hide();
    const text = mark.dataset.tip || mark.value.replace(" ", " to ");
    if (!text) return hide();
    tip.textContent = text;
    tip.hidden = false;
    const left = Math.min(event.clientX + 12, window.innerWidth - tip.offsetWidth - 8);
    const top = event.clientY + 16 + tip.offsetHeight > window.innerHeight
      ? event.clientY - tip.offsetHeight - 10 : event.clientY + 16;
    tip.style.left = `${Math.max(4, left)}px`;
    tip.style.top = `${top}px`;
  });
  document.addEventListener("scroll", hide, true);

  // Print everything, folded tables too, and fold them again afterwards.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = all("details:not([open])");
    for (const item of opened) item.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const item of opened) item.open = false;
  });
})();

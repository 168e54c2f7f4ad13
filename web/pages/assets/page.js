// The pages are complete without this file. It adds two comforts: showing the
// password, and sending a form once however often its button is pressed.
"use strict";

for (const button of document.querySelectorAll("[data-reveal]")) {
  const field = document.getElementById(button.dataset.reveal);
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.addEventListener("click", () => {
    show(field.type === "password");
    field.focus();
  });
  // Browsers must not offer to remember a password as plain text.
  field.form.addEventListener("submit", () => show(false));
  button.hidden = false;
}

for (const form of document.querySelectorAll("form[data-once]")) {
  const button = form.querySelector("[type=submit]");
  const text = button.textContent;
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    // Not the disabled attribute: it would drop the focus of who uses keys.
    button.setAttribute("aria-disabled", "true");
    if (button.dataset.busy) {
      button.textContent = button.dataset.busy;
    }
  });
  // A page that comes back from the history cache starts fresh.
  window.addEventListener("pageshow", () => {
    delete form.dataset.sent;
    button.removeAttribute("aria-disabled");
    button.textContent = text;
  });
}

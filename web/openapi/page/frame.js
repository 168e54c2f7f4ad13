// The viewer leaves its lists of choices without a name; what draws them anew
// names them anew.
function nameChoices() {
  for (const list of document.querySelectorAll("select:not([aria-label])")) {
    list.setAttribute("aria-label", list.closest(".response") ? "Example or type of the answer" : "Example or type of the request");
  }
}

new MutationObserver(nameChoices).observe(document.getElementById("document"), { childList: true, subtree: true });

// Tokens that are typed here are gone with the page: the viewer would keep them
// where every script of this origin can read them.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#document",
  deepLinking: true,
  validatorUrl: null,
  displayRequestDuration: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 3,
  persistAuthorization: false,
});

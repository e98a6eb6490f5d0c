/** @param {HTMLElement} root @param {import("whygrad/main.js").App} app */
export function mount(root, app) {
  app.on(() => {});
}

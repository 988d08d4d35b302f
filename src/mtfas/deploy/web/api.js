// What is asked of the service. The key lives in this variable only and is gone with the page.
let key = "";

export function useKey(given) {
  key = given;
}

export class Refusal extends Error {
  constructor(status, code, message, wait) {
    super(message);
    Object.assign(this, { status, code, wait });
  }
}

async function ask(path, options = {}) {
  const headers = key ? { "X-Api-Key": key } : {};
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, "unreachable", "The service cannot be reached; is it still running?", 2);
  }
  const content = await response.json().catch(() => ({}));
  if (response.ok) return content;
  const said = content.error ?? { code: "unknown", message: `The service answered ${response.status}.` };
  throw new Refusal(response.status, said.code, said.message, Number(response.headers.get("Retry-After") ?? 0));
}

export const aboutBundle = () => ask("v1/bundle");

export function check(blob, signal) {
  const form = new FormData();
  form.append("file", blob, "upload"); // the file's own name stays here
  return ask("v1/check?heatmap=1", { method: "POST", body: form, signal });
}

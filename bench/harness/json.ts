// JSON over HTTP; whatever is not a success is thrown with what the server said.

export async function getJson(url: string): Promise<unknown> {
  return read(await fetch(url));
}

export async function postJson(url: string, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  return read(await fetch(url, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

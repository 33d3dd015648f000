// Signs requests to AWS with the task role's credentials (AWS Signature Version 4). The only provider that is signed is Bedrock.
import { createHash, createHmac } from "node:crypto";

const REFRESH_BEFORE_MS = 300_000;

export const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const hmac = (key, text) => createHmac("sha256", key).update(text).digest();
export const encoded = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

// The region of a Bedrock endpoint over TLS; null for any other URL, which is never signed.
export function bedrockRegion(url, dnsSuffix) {
  const suffix = dnsSuffix.replaceAll(".", "\\.");
  const found = new RegExp(`^bedrock(?:-runtime)?\\.([a-z]{2}(?:-[a-z]+)+-\\d)\\.${suffix}$`).exec(url.hostname);
  return found && url.protocol === "https:" && url.port === "" && !url.username ? found[1] : null;
}

// The signature of a canonical request; `scope` is `<day>/<region>/<service>/aws4_request`.
export function signature({ date, scope, request, secret }) {
  const text = ["AWS4-HMAC-SHA256", date, scope, sha256(request)].join("\n");
  const key = scope.split("/").reduce(hmac, `AWS4${secret}`);
  return createHmac("sha256", key).update(text).digest("hex");
}

export function sign({ method, url, body, contentType, region, credentials, service = "bedrock", more = {}, now = new Date() }) {
  const date = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const payload = sha256(body ?? "");
  const headers = {
    "content-type": contentType,
    host: url.host,
    "x-amz-content-sha256": payload,
    "x-amz-date": date,
    ...more,
    ...(credentials.Token ? { "x-amz-security-token": credentials.Token } : {}),
  };
  const names = Object.keys(headers).sort();
  const query = [...url.searchParams].map(([key, value]) => `${encoded(key)}=${encoded(value)}`).sort().join("&");
  const path = url.pathname.split("/").map(encoded).join("/");
  const canonicalHeaders = names.map((name) => `${name}:${headers[name].trim()}\n`).join("");
  const request = [method, path, query, canonicalHeaders, names.join(";"), payload].join("\n");
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  const signed = signature({ date, scope, request, secret: credentials.SecretAccessKey });
  headers.authorization =
    `AWS4-HMAC-SHA256 Credential=${credentials.AccessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signed}`;
  delete headers.host;
  return headers;
}

// Fetches the role's credentials, and fetches them again before they expire; concurrent callers share one request.
export function credentialSource(fetchOwn, url) {
  let current;
  let pending;
  return async () => {
    if (current && Date.parse(current.Expiration) - Date.now() > REFRESH_BEFORE_MS) return current;
    pending ??= (async () => {
      const answer = await fetchOwn(url);
      if (!answer.ok) throw new Error(`the task role's credentials endpoint answers ${answer.status}`);
      current = await answer.json();
      return current;
    })().finally(() => (pending = undefined));
    return pending;
  };
}

// Which model names are allowed. Google, Bedrock, Cloudflare and Hugging Face have the name in the URL's path.
import { GatewayError } from "./errors.mjs";

// gpt-4o, anthropic.claude-v2:1, @cf/meta/llama, accounts/a/models/b, arn:aws:bedrock:…: no query, fragment or escape.
const NAME = /^@?[A-Za-z0-9][A-Za-z0-9._:@+/-]{0,255}$/;
// Google's methods in a path: a model name that ends in one would choose another method.
const METHOD = /:(?=[a-z]*[A-Z])[A-Za-z]+$/;

const plain = (name) =>
  NAME.test(name) && !METHOD.test(name) && name.split("/").every((part) => part !== "" && part !== "." && part !== "..");

// The model of a request that is sent with the server's key, or "". `named` has the names in the settings.
export function checkedModel(value, named) {
  if (value === undefined || value === null) return "";
  if (typeof value === "string" && (value === "" || named.has(value) || plain(value))) return value;
  throw new GatewayError(400, "bad_model", "model must be a name of up to 256 letters, digits and . _ : @ + / -, without " +
    "empty parts or ..");
}

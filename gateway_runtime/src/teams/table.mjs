// Calls two operations of DynamoDB's JSON API, signed with the task role's credentials.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html
import { sign } from "../bedrock.mjs";

const ATTEMPT_MS = 1500;
// After this many consecutive failures, the table counts as unavailable for this long, and no request waits for it.
const FAILURES = 3;
const AWAY_MS = 1000;
// Errors of a table that is available but busy.
const BUSY = new Set(["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded", "TransactionConflictException"]);

export class TableError extends Error {
  constructor(code, item) {
    super(`DynamoDB: ${code}`);
    Object.assign(this, { code, item });
  }
}

export const CONDITION = "ConditionalCheckFailedException";

// Converts DynamoDB's typed values to plain ones and back; all numbers are integers.
export function plainOf(item) {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => {
    const [[kind, inner]] = Object.entries(value);
    return [name, kind === "N" ? Number(inner) : kind === "M" ? plainOf(inner) : inner];
  }));
}

export function typedOf(value) {
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "string") return { S: value };
  return { M: Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, typedOf(inner)])) };
}

// `send(url, init)` is a fetch that may connect to the endpoint; `credentials()` resolves to the task role's.
export function makeTable({ name, region, suffix, send, credentials, failed = () => {}, now = Date.now, attemptMs = ATTEMPT_MS }) {
  const url = new URL(`https://dynamodb.${region}.${suffix}/`);
  let [failures, last] = [0, -Infinity];

  async function attempt(operation, document) {
    const body = JSON.stringify({ TableName: name, ...document });
    const contentType = "application/x-amz-json-1.0";
    const signal = AbortSignal.timeout(attemptMs);
    const more = { "x-amz-target": `DynamoDB_20120810.${operation}` };
    const headers = sign({ method: "POST", url, body, contentType, region, credentials: await credentials(), service: "dynamodb", more });
    const answer = await send(url, { method: "POST", headers, body, signal, redirect: "error" });
    const found = await answer.json().catch(() => ({}));
    if (answer.ok) return found;
    const code = String(found.__type ?? answer.status).split("#").at(-1);
    throw new TableError(code, found.Item && plainOf(found.Item));
  }

  async function call(operation, document) {
    try {
      const found = await attempt(operation, document);
      failures = 0;
      return found;
    } catch (error) {
      if (error.code === CONDITION) failures = 0;
      else {
        if (!BUSY.has(error.code)) failures += 1;
        last = now();
        failed(error);
      }
      throw error;
    }
  }

  return {
    // Whether it counts as unavailable: the last calls failed, and the latest of them recently.
    get away() {
      return failures >= FAILURES && now() - last < AWAY_MS;
    },
    async get(key) {
      const { Item: item } = await call("GetItem", { Key: typedOf(key).M, ConsistentRead: true });
      return item ? plainOf(item) : {};
    },
    // Resolves to the item after the update. `add`, `set` and `remove` are by attribute name; `conditions` are expressions where
    // "#name" is an attribute and ":name" a value of `values`.
    async update(key, { add = {}, set = {}, remove = [], conditions = [], values = {} }) {
      const [names, typed] = [{}, {}];
      const of = (attribute) => {
        names[`#${attribute}`] = attribute;
        return `#${attribute}`;
      };
      const given = (attribute, value) => {
        typed[`:_${attribute}`] = typedOf(value);
        return `:_${attribute}`;
      };
      const part = (word, entries) => (entries.length ? [`${word} ${entries.join(", ")}`] : []);
      const expression = [
        ...part("ADD", Object.entries(add).map(([one, value]) => `${of(one)} ${given(one, value)}`)),
        ...part("SET", Object.entries(set).map(([one, value]) => `${of(one)} = ${given(one, value)}`)),
        ...part("REMOVE", remove.map(of)),
      ].join(" ");
      for (const one of conditions) for (const [, attribute] of one.matchAll(/#(\w+)/g)) of(attribute);
      for (const [one, value] of Object.entries(values)) typed[`:${one}`] = typedOf(value);
      const { Attributes: attributes } = await call("UpdateItem", {
        Key: typedOf(key).M,
        UpdateExpression: expression,
        ...(conditions.length ? { ConditionExpression: conditions.map((one) => `(${one})`).join(" AND ") } : {}),
        ExpressionAttributeNames: names,
        ExpressionAttributeValues: typed,
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      });
      return plainOf(attributes ?? {});
    },
  };
}

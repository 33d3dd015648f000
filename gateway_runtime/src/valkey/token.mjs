// The password of an IAM role for ElastiCache: a signed request that is never sent.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html#auth-iam-Connecting
import { encoded, sha256, signature } from "../bedrock.mjs";

// The longest validity that ElastiCache accepts.
const EXPIRES_SECONDS = 900;

export function signInToken({ cache, user, region, credentials, now = new Date() }) {
  const date = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const scope = `${date.slice(0, 8)}/${region}/elasticache/aws4_request`;
  const query = Object.entries({
    Action: "connect",
    User: user,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${credentials.AccessKeyId}/${scope}`,
    "X-Amz-Date": date,
    "X-Amz-Expires": String(EXPIRES_SECONDS),
    ...(credentials.Token ? { "X-Amz-Security-Token": credentials.Token } : {}),
    "X-Amz-SignedHeaders": "host",
  }).map(([name, value]) => `${name}=${encoded(value)}`).sort().join("&");
  const request = ["GET", "/", query, `host:${cache}\n`, "host", sha256("")].join("\n");
  return `${cache}/?${query}&X-Amz-Signature=${signature({ date, scope, request, secret: credentials.SecretAccessKey })}`;
}

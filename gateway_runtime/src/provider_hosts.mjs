// The hosts of Portkey 1.15.2's providers (a test compares the list with its source). Without `routes` a caller
// names the provider, and values such as a resource name become part of the URL; the final URL is checked here.
const HOSTS = new Set(
  `aibadgr.com aiplatform.googleapis.com api-atlas.nomic.ai api-inference.huggingface.co api.302.ai api.ai21.com
  api.anthropic.com api.bytez.com api.cerebras.ai api.cloudflare.com api.cohere.ai api.cometapi.com api.deepbricks.ai
  api.deepinfra.com api.deepseek.com api.endpoints.anyscale.com api.featherless.ai api.fireworks.ai api.groq.com
  api.hyperbolic.xyz api.inference.net api.intelligence.io.solutions api.jina.ai api.kluster.ai api.lambdalabs.com
  api.lemonfox.ai api.lepton.ai api.lingyiwanwu.com api.matterai.so api.meshy.ai api.mistral.ai api.modal.com
  api.moonshot.cn api.ncompass.tech api.nextbit256.com api.novita.ai api.openai.com api.perplexity.ai api.reka.ai
  api.replicate.com api.sambanova.ai api.segmind.com api.siliconflow.cn api.stability.ai api.studio.nebius.ai
  api.together.xyz api.tripo3d.ai api.upstage.ai api.voyageai.com api.x.ai api.z.ai cloud.olakrutrim.com
  codestral.mistral.ai dashscope-intl.aliyuncs.com dashscope.aliyuncs.com external.api.recraft.ai
  generativelanguage.googleapis.com inference.api.nscale.com llm.monsterapi.ai login.microsoftonline.com
  oai.endpoints.kepler.ai.cloud.ovh.net oauth2.googleapis.com open.bigmodel.cn openrouter.ai serving.app.predibase.com
  www.googleapis.com`.split(/\s+/),
);
// Hosts with a customer-specific part: a resource, a region, an account.
const PATTERNS = [
  /^[a-z0-9-]+\.(openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com|inference\.ai\.azure\.com)$/,
  /^[a-z0-9-]+\.[a-z0-9-]+\.models\.ai\.azure\.com$/,
  /^[a-z0-9-]+-aiplatform\.googleapis\.com$/,
  /^(bedrock|bedrock-runtime|runtime\.sagemaker|sts)\.[a-z]{2}(-[a-z]+)+-\d\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu)$/,
  // No buckets, not even storage.googleapis.com: anyone can own one, and a bucket's policy may allow the whole VPC.
  // No hosts that run their owner's program: Hugging Face's *.endpoints.huggingface.cloud, Azure's *.inference.ml.azure.com.
  /^inference\.generativeai\.[a-z0-9-]+\.oci\.oraclecloud\.com$/,
  /^[a-z0-9_-]+\.snowflakecomputing\.com$/,
];

export function isProviderHost(host) {
  return HOSTS.has(host) || PATTERNS.some((pattern) => pattern.test(host));
}

// Answers authorization questions with @cloud-copilot/iam-simulate: a line of JSON in, a line of JSON out.
//
// In:  {policies: {id: document}, questions: [{principal, action, resource, account, context, identity, boundary,
//      resourcePolicy, unchecked}]}; a policy is sent once and referred to by its id afterwards.
// Out: [{result, statements, error}] in the order of the questions; `statements` has the policy id and the Sid of each
//      statement in an identity policy that allows the action.
import { createInterface } from 'node:readline'
import { createValidatedPolicy, validateIdentityPolicy, validateResourcePolicy } from '@cloud-copilot/iam-policy'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

const documents = new Map()
const identities = new Map()
const resources = new Map()

function parsed(cache, validate, id) {
  if (!cache.has(id)) cache.set(id, createValidatedPolicy(documents.get(id), validate, { name: id.split(' ').at(-1) }))
  return cache.get(id)
}

const identity = (ids) => ids.map((id) => ({ name: id, policy: parsed(identities, validateIdentityPolicy, id) }))

// A policy without its statements about other services: they cannot match, and checking them takes most of the time.
function about(service, id) {
  const key = `${service} ${id}`
  if (!documents.has(key)) {
    const mentions = (action) => action === '*' || action.toLowerCase().startsWith(`${service}:`)
    const kept = documents.get(id).Statement.filter((one) => 'NotAction' in one || [one.Action].flat().some(mentions))
    documents.set(key, { ...documents.get(id), Statement: kept })
  }
  return documents.get(key).Statement.length > 0
    ? [{ name: id, policy: parsed(identities, validateIdentityPolicy, key) }]
    : []
}

async function answer(question) {
  const simulation = {
    request: {
      principal: question.principal,
      action: question.action,
      resource: { resource: question.resource, accountId: question.account },
      contextVariables: question.context,
    },
    identityPolicies: question.identity.flatMap((id) => about(question.action.split(':')[0], id)),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(question.boundary ? { permissionBoundaryPolicies: identity(question.boundary) } : {}),
    ...(question.resourcePolicy
      ? { resourcePolicy: parsed(resources, validateResourcePolicy, question.resourcePolicy) }
      : {}),
  }
  // A token's claims and resources that iam-data lacks; the Python caller has checked them.
  if (question.unchecked) return { result: runUnsafeSimulation(simulation, {}), statements: [], error: '' }
  const found = await runSimulation(simulation, {})
  if (found.resultType !== 'single') {
    return { result: 'Error', statements: [], error: JSON.stringify(found.errors ?? { message: 'wildcard' }) }
  }
  const allowing = found.result.analysis.identityAnalysis?.allowStatements ?? []
  return {
    result: found.overallResult,
    statements: allowing.map((one) => [one.policyId, String(one.explain.identifier)]),
    error: '',
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { policies, questions } = JSON.parse(line)
  for (const [id, document] of Object.entries(policies)) documents.set(id, document)
  const answers = []
  for (const question of questions) {
    try {
      answers.push(await answer(question))
    } catch (error) {
      answers.push({ result: 'Error', statements: [], error: String(error) })
    }
  }
  process.stdout.write(JSON.stringify(answers) + '\n')
}

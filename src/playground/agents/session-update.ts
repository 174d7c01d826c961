import { resolveAgent } from './agent-body.ts';
import { badRequest } from './api-error.ts';
import { mergeMetadata } from './metadata.ts';
import type { Session } from './session.ts';
import type { SessionUpdate } from './session-schema.ts';

/** Changes the session and gives the fields `session.updated` shows: only what changed, metadata and agent whole. */
export function applyUpdate(session: Session, update: SessionUpdate): Record<string, unknown> {
  const changed: Record<string, unknown> = {};
  const merged = mergeMetadata(session.metadata, update.metadata ?? {});
  const budget = update.budget === undefined ? session.budget : checkBudget(session, update.budget);
  if (update.title !== undefined && update.title !== session.title) {
    session.title = update.title;
    changed.title = update.title;
  }
  if (JSON.stringify(merged) !== JSON.stringify(session.metadata)) {
    session.metadata = merged;
    if (Object.keys(merged).length > 0) changed.metadata = merged;
  }
  if (update.agent) {
    session.agent = { ...session.agent, ...resolveAgent(update.agent) };
    changed.agent = session.agent;
  }
  if (JSON.stringify(budget) !== JSON.stringify(session.budget)) {
    session.budget = budget;
    changed.budget = budget;
  }
  return changed;
}

function checkBudget(session: Session, budget: Session['budget']): Session['budget'] {
  if (budget === null) return null;
  if (session.budget === null) throw badRequest('budget: can only be set at creation', 'budget_create_only');
  if (Number(budget.max_list_cost.amount) <= session.usage.cents) {
    throw badRequest('budget: must be above what the session has already cost', 'budget_not_raised');
  }
  return budget;
}
